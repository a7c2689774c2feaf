using System.Diagnostics;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace Galley.Cli.Deploy;

/// <summary>
/// Where AWS is and with which keys, as the user's other tools know it: the environment, then the profile in ~/.aws/config and
/// ~/.aws/credentials. AWS SDKs and Tools Reference Guide: "Shared config and credentials files", "Service-specific endpoints".
/// </summary>
internal sealed class AwsSettings
{
    private const string Export = "eval \"$(aws configure export-credentials --format env)\"";

    private readonly Dictionary<string, Dictionary<string, string>> _config, _credentials;
    private readonly string? _named;

    private AwsSettings(string? profile)
    {
        (_config, _credentials) = (Read("AWS_CONFIG_FILE", "config"), Read("AWS_SHARED_CREDENTIALS_FILE", "credentials"));
        _named = profile;
        Profile = profile ?? Variable("AWS_PROFILE") ?? "default";
        if ((_named ?? Variable("AWS_PROFILE")) is not null && Settings is null && !_credentials.ContainsKey(Profile)) throw new CliException($"The AWS profile {Profile} is neither in ~/.aws/config nor in ~/.aws/credentials.");
    }

    public string Profile { get; }

    private Dictionary<string, string>? Settings => _config.GetValueOrDefault(Profile == "default" ? "default" : "profile " + Profile);

    /// <exception cref="CliException">A profile that is named does not exist.</exception>
    /// <param name="profile">`--profile`; null for AWS_PROFILE or `default`.</param>
    public static AwsSettings Find(string? profile) => new(profile);

    /// <exception cref="CliException">None is set.</exception>
    public string Region => Variable("AWS_REGION") ?? Variable("AWS_DEFAULT_REGION") ?? Settings?.GetValueOrDefault("region")
        ?? throw new CliException("Set AWS_REGION, or `region` in the AWS profile.");

    /// <summary>Where a service is asked: what the user set, else AWS's own address.</summary>
    /// <param name="service">Its signing name.</param>
    public Uri Endpoint(string service) => new(Configured(service) ?? service switch
    {
        "cloudfront" => "https://cloudfront.amazonaws.com",
        "sts" => $"https://sts.{Region}.amazonaws.com",
        _ => $"https://{service}.{Region}.amazonaws.com",
    });

    /// <summary>Where this goes, in words.</summary>
    public string Target => $"{(Configured("cloudformation") is { } endpoint ? endpoint : "AWS")} in {Region}{(Settings is null || FromVariables ? "" : $" (profile {Profile})")}";

    private bool FromVariables => _named is null && Variable("AWS_ACCESS_KEY_ID") is not null;

    /// <summary>Keys of the environment, of the profile, or of the program that the profile names.</summary>
    /// <exception cref="CliException">There are none that can be used; says what to do.</exception>
    public (string AccessKeyId, string SecretAccessKey, string? SessionToken) Credentials()
    {
        if (FromVariables)
            return (Variable("AWS_ACCESS_KEY_ID")!, Variable("AWS_SECRET_ACCESS_KEY") ?? throw new CliException("Set AWS_SECRET_ACCESS_KEY."), Variable("AWS_SESSION_TOKEN"));
        foreach (var section in new[] { _credentials.GetValueOrDefault(Profile), Settings })
        {
            if (section is null) continue;
            if (section.GetValueOrDefault("aws_access_key_id") is { } id && section.GetValueOrDefault("aws_secret_access_key") is { } secret) return (id, secret, section.GetValueOrDefault("aws_session_token"));
            if (section.GetValueOrDefault("credential_process") is { } program) return Ask(program);
            if (section.Keys.FirstOrDefault(key => key is "sso_session" or "sso_start_url" or "role_arn" or "web_identity_token_file" or "login_session") is { } other)
                throw new CliException($"The AWS profile {Profile} signs in by {other}, which Galley leaves to the AWS CLI: {Export.Replace("credentials ", $"credentials --profile {Profile} ", StringComparison.Ordinal)}");
        }

        throw new CliException($"No AWS keys: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile that holds them ({Export}).");
    }

    /// <summary>What is trusted instead of the system's authorities (AWS_CA_BUNDLE, `ca_bundle`); null for those.</summary>
    public SslClientAuthenticationOptions? Tls()
    {
        if ((Variable("AWS_CA_BUNDLE") ?? Settings?.GetValueOrDefault("ca_bundle")) is not { } bundle) return null;
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(Expand(bundle));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new CliException($"The certificates in {bundle} (AWS_CA_BUNDLE or ca_bundle) cannot be read: {e.Message}", e);
        }

        return new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
    }

    private string? Configured(string service)
    {
        var id = service == "execute-api" ? "apigatewayv2" : service;
        if (Variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")?.ToLowerInvariant() == "true") return null;
        return Variable("AWS_ENDPOINT_URL_" + id.ToUpperInvariant()) ?? Variable("AWS_ENDPOINT_URL")
            ?? (Settings?.GetValueOrDefault("services") is { } services ? _config.GetValueOrDefault("services " + services)?.GetValueOrDefault($"{id}.endpoint_url") : null)
            ?? Settings?.GetValueOrDefault("endpoint_url");
    }

    /// <summary>A program that prints keys. AWS SDKs and Tools Reference Guide: "Process credential provider".</summary>
    private static (string, string, string?) Ask(string command)
    {
        var start = OperatingSystem.IsWindows() ? new ProcessStartInfo("cmd", ["/c", command]) : new ProcessStartInfo("/bin/sh", ["-c", command]);
        start.RedirectStandardOutput = true;
        using var process = Process.Start(start)!;
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        try
        {
            if (process.ExitCode == 0 && JsonNode.Parse(said) is { } keys && (string?)keys["AccessKeyId"] is { } id && (string?)keys["SecretAccessKey"] is { } secret) return (id, secret, (string?)keys["SessionToken"]);
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or InvalidOperationException)
        {
            // said below, without what it printed: that may be half of a secret
        }

        throw new CliException($"The profile's credential_process (exit code {process.ExitCode}) gave no keys.");
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static string Expand(string path) => path.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[2..]) : path;

    /// <summary>Section → key → value. Indented lines below a key without a value are its own: `s3.endpoint_url`.</summary>
    private static Dictionary<string, Dictionary<string, string>> Read(string variable, string name)
    {
        var path = Variable(variable) is { } named ? Expand(named) : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".aws", name);
        var sections = new Dictionary<string, Dictionary<string, string>>();
        if (!File.Exists(path)) return sections;
        Dictionary<string, string>? section = null;
        var above = "";
        foreach (var line in File.ReadAllLines(path))
        {
            var text = line.Trim();
            if (text.Length == 0 || text[0] is '#' or ';') continue;
            if (text[0] == '[')
            {
                sections[string.Join(' ', text.Trim('[', ']').Split(' ', StringSplitOptions.RemoveEmptyEntries))] = section = [];
                continue;
            }

            if (section is null || text.Split('=', 2) is not [var key, var value]) continue;
            (key, value) = (key.Trim(), value.Trim());
            if (char.IsWhiteSpace(line[0]) && above.Length > 0) section[$"{above}.{key}"] = value;
            else (section[key], above) = (value, value.Length == 0 ? key : "");
        }

        return sections;
    }
}
