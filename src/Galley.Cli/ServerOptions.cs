using System.CommandLine;
using System.Net;

namespace Galley.Cli;

/// <summary>The options of every command that starts a server.</summary>
internal sealed class ServerOptions
{
    public static readonly Option<int> Port = new("--port") { Description = "TCP port.", DefaultValueFactory = _ => 4566 };
    private readonly Option<string?> _listen = new("--listen") { Description = "Also answer other machines, at this address of this one (0.0.0.0 for all). There TLS is demanded and the root's keys are not taken.", HelpName = "ADDRESS" };
    private readonly Option<string[]> _host = new("--host") { Description = "With --listen: a name by which other machines call this one.", HelpName = "NAME", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
    private readonly Option<bool> _insecure = new("--insecure-lan") { Description = "With --listen: take plain HTTP there too. Everybody on the way reads passwords and tokens." };
    private readonly Option<string?> _data = new("--data") { Description = "Folder that holds everything (default .galley).", HelpName = "DIR" };
    private readonly Option<bool> _inMemory = new("--in-memory") { Description = "Keep everything in memory; gone at the end." };
    private readonly Option<bool> _throttle = new("--throttle") { Description = "DynamoDB tables refuse what goes beyond their provisioned throughput, and changes more often than AWS allows." };
    private readonly Option<string> _account = new("--account") { Description = "Twelve-digit account id.", DefaultValueFactory = _ => "000000000000" };
    private readonly Option<string> _region = new("--region") { Description = "Region that resources belong to.", DefaultValueFactory = _ => "eu-west-2" };
    private readonly Option<string?> _credentials = new("--credentials") { Description = "`any` switches signature checks off. For foreign test suites only.", HelpName = "any" };

    private readonly Option<bool> _demo = new("--demo-credentials") { Description = "The root's key is the example of AWS's documentation, AKIAIOSFODNN7EXAMPLE. For tutorials only." };
    private readonly Option<string> _passwords = new("--password-hash") { Description = "How users' passwords are kept: pbkdf2, argon2id.", HelpName = "pbkdf2|argon2id", DefaultValueFactory = _ => "pbkdf2" };

    private readonly Option<string?> _iam = new("--iam") { Description = "`audit` logs what policies would refuse and lets it through.", HelpName = "audit" };

    private readonly Option<string> _sandbox = new("--sandbox") { Description = "Run functions inside bubblewrap, with files, processes and a network of their own: auto (where it works), on, off.", HelpName = "auto|on|off", Arity = ArgumentArity.ZeroOrOne, DefaultValueFactory = _ => "auto" };
    private readonly Option<string[]> _network = new("--allow-network") { Description = "Functions that keep the machine's network inside the sandbox; `*` for all.", HelpName = "NAME", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
    private readonly Option<string[]> _localCode = new("--local-code") { Description = "A folder from which functions may take their code, for development: S3Bucket __local__, S3Key the folder.", HelpName = "DIR", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };

    private readonly Option<bool> _strictCache = new("--strict-cache") { Description = "Distributions cache as RFC 9111 says where CloudFront does not." };
    private readonly Option<bool> _strictOidc = new("--strict-oidc") { Description = "Sign-in hosts follow the OpenID specifications where Cognito does not." };

    private readonly Option<string?> _smtp = new("--smtp") { Description = "Also send mail by this server: smtp://user@host:587 or smtps://user@host:465. The inbox keeps it too.", HelpName = "URL" };
    private readonly Option<string?> _smtpPassword = new("--smtp-password-file") { Description = "File that holds the password for --smtp.", HelpName = "FILE" };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[Port, _listen, _host, _insecure, _data, _inMemory, _throttle, _account, _region, _credentials, _demo, _passwords, _iam, _sandbox, _network, _localCode, _strictOidc, _strictCache, _smtp, _smtpPassword]) command.Options.Add(option);
        _credentials.AcceptOnlyFromAmong("any");
        _iam.AcceptOnlyFromAmong("audit");
        _passwords.AcceptOnlyFromAmong("pbkdf2", "argon2id");
        _sandbox.AcceptOnlyFromAmong("auto", "on", "off");
        command.Validators.Add(result =>
        {
            if (result.GetValue(_inMemory) && result.GetValue(_data) is not null) result.AddError("--data and --in-memory exclude each other.");
            if (result.GetValue(_account) is { } account && (account.Length != 12 || !account.All(char.IsAsciiDigit))) result.AddError("--account takes twelve digits.");
            if (result.GetValue(_smtp) is { } smtp && !GalleyOptions.IsSmtp(smtp)) result.AddError("--smtp takes smtp://user@host:587 or smtps://user@host:465.");
            if (result.GetValue(_smtpPassword) is { } file && (!File.Exists(file) || result.GetValue(_smtp) is null)) result.AddError("--smtp-password-file names a file that is there, beside --smtp.");
            if (result.GetValue(_listen) is { } listen && !IPAddress.TryParse(listen, out _)) result.AddError("--listen takes an IP address of this machine, or 0.0.0.0 or :: for all.");
            if (result.GetValue(_localCode)?.FirstOrDefault(folder => !Directory.Exists(folder)) is { } missing) result.AddError($"--local-code names a folder that is there, not {missing}.");
            if (result.GetValue(_demo) && result.GetValue(_credentials) is not null) result.AddError("--demo-credentials and --credentials any exclude each other.");
            if (result.GetValue(Port) is < 0 or > 65535) result.AddError("--port takes 0 to 65535.");
        });
    }

    public GalleyOptions Read(ParseResult result)
    {
        var any = result.GetValue(_credentials) == "any";
        if (any)
            Console.Error.WriteLine("""
                WARNING: --credentials any: signatures are NOT checked and every caller is the account's root.
                         Any program and any web page on this machine can change and read everything. Use it for foreign test suites only.
                """);
        if (result.GetValue(_demo))
            Console.Error.WriteLine("""
                WARNING: --demo-credentials: everybody knows the root's key, AKIAIOSFODNN7EXAMPLE of AWS's documentation.
                         Any program on this machine can change and read everything. Use it for tutorials only.
                """);
        if (result.GetValue(_insecure))
            Console.Error.WriteLine("""
                WARNING: --insecure-lan: other machines are answered over plain HTTP.
                         Whoever is on the way reads and changes what is sent: passwords, tokens, data.
                """);
        return new GalleyOptions
        {
            Port = result.GetValue(Port),
            Listen = result.GetValue(_listen) is { } address ? IPAddress.Parse(address) : null,
            HostNames = result.GetValue(_host) ?? [],
            InsecureLan = result.GetValue(_insecure),
            DemoCredentials = result.GetValue(_demo),
            PasswordHash = result.GetValue(_passwords) == "argon2id" ? PasswordHash.Argon2id : PasswordHash.Pbkdf2,
            DataFolder = result.GetValue(_inMemory) ? null : result.GetValue(_data) ?? ".galley",
            Throttle = result.GetValue(_throttle),
            Account = result.GetValue(_account)!,
            Region = result.GetValue(_region)!,
            AnyCredentials = any,
            IamAudit = result.GetValue(_iam) == "audit",
            Smtp = Smtp(result),
            Sandbox = result.GetValue(_sandbox) switch { "off" => SandboxMode.Off, "auto" => SandboxMode.Auto, _ => SandboxMode.On },
            NetworkFunctions = result.GetValue(_network) ?? [],
            LocalCode = result.GetValue(_localCode) ?? [],
            StrictCache = result.GetValue(_strictCache),
            StrictOidc = result.GetValue(_strictOidc),
            Log = line => Console.Error.WriteLine(line),
        };
    }

    /// <summary>The password comes out of a file: what stands in a command line everybody on the machine can read.</summary>
    private string? Smtp(ParseResult result)
    {
        if (result.GetValue(_smtp) is not { } smtp || result.GetValue(_smtpPassword) is not { } file) return result.GetValue(_smtp);
        var at = smtp.IndexOf('@', StringComparison.Ordinal);
        return at < 0 ? smtp : $"{smtp[..at]}:{Uri.EscapeDataString(File.ReadAllText(file).TrimEnd('\r', '\n'))}{smtp[at..]}";
    }
}
