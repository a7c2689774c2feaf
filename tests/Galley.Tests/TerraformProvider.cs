using System.Diagnostics;

namespace Galley.Tests;

/// <summary>
/// The AWS provider in its own debugging mode (`-debug`), which serves all commands of one test: started by each command anew, as Terraform does
/// by itself, it takes two seconds of a processor every time.
/// </summary>
internal sealed class TerraformProvider : IDisposable
{
    private const string Told = "TF_REATTACH_PROVIDERS='";

    private readonly Process _process;

    private TerraformProvider(Process process) => _process = process;

    /// <summary>What TF_REATTACH_PROVIDERS says to find it.</summary>
    public string Address { get; private set; } = "";

    /// <summary>Null where the mirror has not exactly one unpacked provider, and Terraform chooses.</summary>
    /// <param name="mirror">The provider's folder in the mirror.</param>
    /// <param name="folder">The configuration's, in which files are looked for; the provider's socket lies there too.</param>
    /// <param name="environment">Variables beside this process's own.</param>
    public static async Task<TerraformProvider?> Start(string mirror, string folder, IReadOnlyDictionary<string, string> environment)
    {
        if (OperatingSystem.IsWindows() || Directory.GetFiles(mirror, "terraform-provider-aws_v*", SearchOption.AllDirectories) is not [var program]) return null;
        // The provider ends with the shell's input, which ends with this process, however that ends.
        var start = new ProcessStartInfo("sh", ["-c", """ "$0" -debug 2>&1 & cat > /dev/null; kill $!; wait """, program]) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        start.Environment["TMPDIR"] = folder;
        start.Environment.Remove("AWS_CA_BUNDLE"); // it cannot be configured twice with one, and each command configures it anew
        var provider = new TerraformProvider(Process.Start(start)!);
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
            while (provider.Address.Length == 0)
            {
                var line = await provider._process.StandardOutput.ReadLineAsync(patience.Token) ?? throw new InvalidOperationException("the AWS provider of Terraform did not start");
                if (line.IndexOf(Told, StringComparison.Ordinal) is var at and >= 0) provider.Address = line[(at + Told.Length)..line.LastIndexOf('\'')];
            }

            _ = provider._process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            return provider;
        }
        catch
        {
            provider.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
