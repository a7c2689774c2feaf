using System.Diagnostics;

namespace Galley.Tests.S3;

/// <summary>Programs of others with the settings they find in the environment.</summary>
internal static class Clients
{
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, Task<bool>> Found = new();

    /// <summary>Runs Python with boto3 and gives what it printed; skips the test where boto3 is missing.</summary>
    public static async Task<string> Python(GalleyServer server, string program, bool tls = false)
    {
        Assert.SkipUnless(await Has(server, "python3", "-c", "import boto3"), "boto3 is not installed");
        return (await Run(server, "python3", ["-c", program], tls))!;
    }

    public static async Task<string> Node(GalleyServer server, string program, bool tls = false)
        => (await Run(server, "node", ["--no-warnings", "--input-type=module", "-e", program], tls))!;

    /// <summary>The AWS CLI in a folder; skips the test where it is missing.</summary>
    public static async Task<string> Cli(GalleyServer server, string folder, bool tls, params string[] arguments)
    {
        Assert.SkipUnless(await Has(server, "aws", "--version"), "the AWS CLI is not installed");
        return (await Run(server, "aws", arguments, tls, folder))!;
    }

    /// <summary>Looked for once: the CLI alone takes a second to say its version.</summary>
    private static Task<bool> Has(GalleyServer server, string program, params string[] arguments)
        => Found.GetOrAdd(program, async _ => await Run(server, program, arguments, false, mayFail: true) is not null);

    private static async Task<string?> Run(GalleyServer server, string program, string[] arguments, bool tls, string? folder = null, bool mayFail = false)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder ?? Path.Combine(Repository.Root, "tests", "clients"), RedirectStandardOutput = true, RedirectStandardError = true };
        var authority = tls ? Path.Combine(Path.GetTempPath(), $"galley-authority-{server.Port}.pem") : null;
        if (authority is not null) await File.WriteAllTextAsync(authority, server.AuthorityPem);
        foreach (var (name, value) in new Dictionary<string, string?>
        {
            ["AWS_ACCESS_KEY_ID"] = server.AccessKeyId,
            ["AWS_SECRET_ACCESS_KEY"] = server.SecretAccessKey,
            ["AWS_REGION"] = server.Region,
            ["AWS_DEFAULT_REGION"] = server.Region,
            ["AWS_ENDPOINT_URL"] = tls ? $"https://localhost:{server.Port}" : server.Endpoint.ToString().TrimEnd('/'),
            ["AWS_CA_BUNDLE"] = authority,
            ["NODE_EXTRA_CA_CERTS"] = authority,
            ["AWS_PAGER"] = "",
            ["PYTHONIOENCODING"] = "utf-8",
            ["AWS_EC2_METADATA_DISABLED"] = "true",
            ["AWS_CONFIG_FILE"] = "/dev/null",
            ["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null",
        })
            if (value is not null) start.Environment[name] = value;
        try
        {
            using var process = Process.Start(start)!;
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync();
            if (mayFail && process.ExitCode != 0) return null;
            Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {await errors}");
            return (await output).ReplaceLineEndings("\n").Trim();
        }
        catch (System.ComponentModel.Win32Exception) when (mayFail)
        {
            return null;
        }
        finally
        {
            if (authority is not null) File.Delete(authority);
        }
    }
}
