using System.Diagnostics;

namespace Galley.Tests;

/// <summary>Terraform with its AWS provider, in a folder of its own; tests skip where either is missing.</summary>
internal sealed class Terraform : IDisposable
{
    private static readonly string[] PluginFolders =
    [
        Environment.GetEnvironmentVariable("GALLEY_TERRAFORM_PLUGINS") ?? "", Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".terraform.d", "plugins"),
        "/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins", "/opt/tf-plugins",
    ];

    /// <summary>Where a plugin folder has the provider: version/platform/program.</summary>
    private static readonly string Provider = Path.Combine("registry.terraform.io", "hashicorp", "aws");

    private readonly string _home = Directory.CreateTempSubdirectory("galley-terraform-").FullName;
    private readonly Dictionary<string, string> _environment = new() { ["CHECKPOINT_DISABLE"] = "1", ["AWS_EC2_METADATA_DISABLED"] = "true", ["GOGC"] = "400" }; // memory for a third of its time
    private readonly string _folder;
    private TerraformProvider? _provider;

    private Terraform() => _folder = Directory.CreateDirectory(Path.Combine(_home, "terraform")).FullName;

    /// <param name="server">Whose endpoint and keys the environment holds.</param>
    /// <param name="resources">The configuration without its provider.</param>
    public static async Task<Terraform> Of(GalleyServer server, string resources)
    {
        var terraform = await Found(server);
        terraform._provider = await TerraformProvider.Start(Path.Combine(Plugins()!, Provider), terraform._folder, terraform._environment);
        if (terraform._provider is { } provider) terraform._environment["TF_REATTACH_PROVIDERS"] = provider.Address;
        // No endpoints: as long as there is such a block, the provider takes two seconds of a processor for every look at it.
        await File.WriteAllTextAsync(Path.Combine(terraform._folder, "provider.tf"), """
            provider "aws" {
              skip_metadata_api_check = true
              s3_use_path_style = true
            }
            """);
        await terraform.Change(resources);
        await terraform.Run("init", "-input=false");
        return terraform;
    }

    /// <summary>A configuration that has its provider already, as a user's has: each command starts it by itself.</summary>
    /// <param name="server">Whose endpoint and keys the environment holds.</param>
    /// <param name="configuration">main.tf.</param>
    /// <param name="beside">What lies beside its folder: name → file or folder.</param>
    public static async Task<Terraform> InEnvironment(GalleyServer server, string configuration, IReadOnlyDictionary<string, string> beside)
    {
        var terraform = await Found(server);
        foreach (var (name, place) in beside) File.CreateSymbolicLink(Path.Combine(terraform._home, name), place);
        await terraform.Change(configuration);
        await terraform.Run("init", "-input=false");
        return terraform;
    }

    private static string? Plugins() => PluginFolders.FirstOrDefault(folder => Directory.Exists(Path.Combine(folder, Provider)));

    private static async Task<Terraform> Found(GalleyServer server)
    {
        var plugins = Plugins();
        Assert.SkipWhen(plugins is null, "the AWS provider of Terraform is in none of the usual plugin folders; say where in GALLEY_TERRAFORM_PLUGINS");
        Assert.SkipUnless((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "terraform"))), "terraform is not installed");
        var terraform = new Terraform();
        terraform._environment["TF_CLI_CONFIG_FILE"] = Path.Combine(terraform._home, "terraform.rc");
        await File.WriteAllTextAsync(terraform._environment["TF_CLI_CONFIG_FILE"], $$"""provider_installation { filesystem_mirror { path = "{{plugins}}" } }""");
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)[
                     ("AWS_ENDPOINT_URL", server.Endpoint.ToString()), ("AWS_ENDPOINT_URL_S3_CONTROL", $"http://localhost:{server.Port}"), ("AWS_REGION", server.Region),
                     ("AWS_ACCESS_KEY_ID", server.AccessKeyId), ("AWS_SECRET_ACCESS_KEY", server.SecretAccessKey), ("TF_VAR_local_port", server.Port.ToString(System.Globalization.CultureInfo.InvariantCulture)),
                 ])
            terraform._environment[name] = value;
        return terraform;
    }

    /// <summary>Another configuration in the place of the one there was.</summary>
    public Task Change(string resources) => File.WriteAllTextAsync(Path.Combine(_folder, "main.tf"), resources);

    /// <summary>A file that the configuration reads.</summary>
    public Task Put(string name, byte[] content) => File.WriteAllBytesAsync(Path.Combine(_folder, name), content);

    public Task Apply() => Run("apply", "-auto-approve", "-input=false");

    /// <summary>Fails when there is anything left to change.</summary>
    public Task PlanNothing() => Run("plan", "-detailed-exitcode", "-input=false");

    public Task Destroy() => Run("destroy", "-auto-approve", "-input=false");

    /// <summary>A resource is forgotten, not destroyed.</summary>
    public Task Forget(string resource) => Run("state", "rm", resource);

    /// <summary>Name → `{ value, … }`.</summary>
    public async Task<System.Text.Json.Nodes.JsonNode> Outputs() => System.Text.Json.Nodes.JsonNode.Parse(await Run("output", "-json"))!;

    public void Dispose()
    {
        _provider?.Dispose();
        Directory.Delete(_home, recursive: true);
    }

    private async Task<string> Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("terraform", arguments[0] == "state" ? arguments : [.. arguments, "-no-color"]) { WorkingDirectory = _folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in _environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(patience.Token), process.StandardError.ReadToEndAsync(patience.Token));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }

        Assert.True(process.ExitCode == 0, $"terraform {arguments[0]}: {await errors}\n{await output}");
        return await output;
    }
}
