namespace Galley.Lambda.Invoke;

/// <summary>What every function's process finds beside its code: our bootstraps, and the certificates it is to trust.</summary>
internal sealed class RuntimeFiles(Installation installation)
{
    private static readonly string[] SystemBundles =
        ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem"];

    private readonly Lock _gate = new();
    private string? _folder;

    /// <summary>The folder; written when first asked for.</summary>
    public string Folder
    {
        get
        {
            lock (_gate) return _folder ??= Write();
        }
    }

    public string Python => Path.Combine(Folder, "bootstrap.py");

    public string Node => Path.Combine(Folder, "bootstrap.mjs");

    public string DotNet => Path.Combine(Folder, "Galley.FunctionHost.dll");

    /// <summary>Our authority alone.</summary>
    public string Authority => Path.Combine(Folder, "authority.pem");

    /// <summary>The system's authorities and ours.</summary>
    public string Bundle => Path.Combine(Folder, "bundle.pem");

    private string Write()
    {
        var folder = PrivateFiles.Folder(Path.Combine(installation.ScratchFolder, "runtime"));
        foreach (var name in (string[])["bootstrap.py", "galley_runtime.py", "bootstrap.mjs"])
        {
            using var resource = typeof(RuntimeFiles).Assembly.GetManifestResourceStream(name)!;
            using var text = new StreamReader(resource);
            PrivateFiles.Write(Path.Combine(folder, name), text.ReadToEnd());
        }

        using (var host = typeof(RuntimeFiles).Assembly.GetManifestResourceStream("Galley.FunctionHost.dll")!)
        using (var file = File.Create(Path.Combine(folder, "Galley.FunctionHost.dll"))) host.CopyTo(file);
        PrivateFiles.Write(Path.Combine(folder, "Galley.FunctionHost.runtimeconfig.json"), """{"runtimeOptions":{"framework":{"name":"Microsoft.NETCore.App","version":"10.0.0"},"configProperties":{"System.GC.Server":false,"System.GC.Concurrent":false}}}""");
        var authority = installation.Certificates.AuthorityPem;
        var system = SystemBundles.FirstOrDefault(File.Exists) is { } path ? File.ReadAllText(path) : "";
        PrivateFiles.Write(Path.Combine(folder, "authority.pem"), authority + "\n");
        PrivateFiles.Write(Path.Combine(folder, "bundle.pem"), $"{system.TrimEnd()}\n{authority}\n");
        return folder;
    }
}
