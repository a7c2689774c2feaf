using System.Net;

namespace Galley;

/// <summary>How an installation is started.</summary>
public sealed record GalleyOptions
{
    /// <summary>TCP port; 0 takes a free one.</summary>
    public int Port { get; init; } = 4566;

    /// <summary>
    /// `--listen`: a further address, where other machines reach Galley (0.0.0.0 or :: for all); null for this machine alone. There TLS is
    /// demanded, root keys are not taken and Galley's own pages are not shown (decision 0032).
    /// </summary>
    public IPAddress? Listen { get; init; }

    /// <summary>`--host`: names by which other machines call this one, beside its addresses; for <see cref="Listen"/>.</summary>
    public IReadOnlyCollection<string> HostNames { get; init; } = [];

    /// <summary>`--insecure-lan`: plain HTTP is taken at <see cref="Listen"/> too. Everybody on the way reads passwords and tokens.</summary>
    public bool InsecureLan { get; init; }

    /// <summary>The folder that holds everything; null keeps everything in memory.</summary>
    public string? DataFolder { get; init; }

    /// <summary>Twelve digits.</summary>
    public string Account { get; init; } = "000000000000";

    /// <summary>The region that resources belong to.</summary>
    public string Region { get; init; } = "eu-west-2";

    /// <summary>
    /// `--credentials any`: every signature is taken as the account's root without being checked. For foreign test suites only.
    /// </summary>
    public bool AnyCredentials { get; init; }

    /// <summary>
    /// `--demo-credentials`: the account's root key is the one of AWS's documentation, which everybody knows, so that what a tutorial prints can be
    /// typed as it stands. Not with <see cref="Listen"/>, and never for a web page.
    /// </summary>
    public bool DemoCredentials { get; init; }

    /// <summary>`--password-hash`: how users' passwords are kept from now on; those kept otherwise are made anew when their owners next sign in.</summary>
    public PasswordHash PasswordHash { get; init; }

    /// <summary>
    /// `--strict-oidc`: sign-in hosts answer as the OpenID specifications say where Cognito answers otherwise (docs/differences.md lists it).
    /// </summary>
    public bool StrictOidc { get; init; }

    /// <summary>
    /// `--strict-cache`: CloudFront's cache answers as RFC 9111 says where CloudFront answers otherwise (decision 0019 lists it).
    /// </summary>
    public bool StrictCache { get; init; }

    /// <summary>
    /// `--smtp`: where mail goes after it is kept in the inbox, `smtp://user:password@host:587` (STARTTLS where offered) or `smtps://…:465`.
    /// Null sends nothing.
    /// </summary>
    public string? Smtp { get; init; }

    /// <summary>`--throttle`: DynamoDB's provisioned tables refuse what goes beyond their throughput, and no table is changed more often than AWS allows.</summary>
    public bool Throttle { get; init; }

    /// <summary>Bytes kept in memory at most of what is read again and again: DynamoDB's pages and items, S3's small objects. 0 for none.</summary>
    public long PageCacheBytes { get; init; } = 32 << 20;

    /// <summary>`--iam audit`: what IAM would refuse to a key is logged and let through. Unknown keys and wrong signatures stay refused.</summary>
    public bool IamAudit { get; init; }

    /// <summary>The clock that everything follows: tokens, codes, time-to-live, caches, time-outs.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// `--sandbox`: whether functions' processes run inside bubblewrap, each with its own view of files and processes and a network that
    /// holds Galley alone. The `galley` program says <see cref="SandboxMode.Auto"/>; in process it is off, where functions are the
    /// program's own.
    /// </summary>
    public SandboxMode Sandbox { get; init; } = SandboxMode.Off;

    /// <summary>`--allow-network`: names of functions that keep the machine's network inside the sandbox; `*` for all.</summary>
    public IReadOnlyCollection<string> NetworkFunctions { get; init; } = [];

    /// <summary>
    /// `--local-code`: folders of this machine from which functions may take their code, by S3Bucket `__local__` and S3Key the folder; what changes there runs
    /// with the next invocation. None for an installation that takes code as AWS does. For development only.
    /// </summary>
    public IReadOnlyCollection<string> LocalCode { get; init; } = [];

    /// <summary>Where log lines go; null is silence.</summary>
    public Action<string>? Log { get; init; }

    /// <summary>How long a client may take for a request's head. Less only in tests.</summary>
    internal TimeSpan HeadTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Connections at one time; more are closed at once. Fewer only in tests.</summary>
    internal int MaxConnections { get; init; } = 20_000;

    /// <summary>Pages are kept at first sight. Only in tests.</summary>
    internal bool KeepsEveryPage { get; init; }

    /// <summary>Rounds of PBKDF2 for users' passwords. Fewer only in tests, whose passwords protect nothing.</summary>
    internal int PasswordRounds { get; init; } = 210_000;

    /// <summary>Called on a hashing thread before each hash of a password, by tests that count hashes or hold them.</summary>
    internal Action? BeforeHash { get; init; }

    /// <summary>Where functions' interpreters are looked for, in PATH's form; null for the PATH of this process. Set only by tests.</summary>
    internal string? ProgramPath { get; init; }

    /// <summary>Where Node functions find the AWS SDK, in NODE_PATH's form; null for the NODE_PATH of this process. Set only by tests.</summary>
    internal string? NodePath { get; init; }

    /// <summary>Where ids and random bytes come from; null for the system's generator. Set by Galley.Testing for clouds that repeat.</summary>
    internal Wire.Ids? Ids { get; init; }

    /// <summary>Asked at every hop; null in all but tests of how an app takes failures.</summary>
    internal IFaults? Faults { get; init; }

    /// <summary>What an installation in memory begins with; null for nothing.</summary>
    internal InstallationImage? Image { get; init; }

    /// <summary>Called with a resource's logical id when it was made and its stack has not noted it yet, by tests that stop the world there.</summary>
    internal Func<string, Task>? BeforeNoted { get; init; }

    /// <summary>Whether <see cref="Smtp"/> can be this.</summary>
    public static bool IsSmtp(string text)
    {
        try
        {
            _ = Mail.SmtpAddress.Parse(text);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}

/// <summary>How passwords are hashed.</summary>
public enum PasswordHash
{
    /// <summary>PBKDF2-HMAC-SHA512, 210,000 rounds: by the system's own library.</summary>
    Pbkdf2,

    /// <summary>Argon2id (RFC 9106), 19 MiB, two passes, one lane: dearer to guess on graphics cards.</summary>
    Argon2id,
}

/// <summary>When functions are contained by bubblewrap.</summary>
public enum SandboxMode
{
    /// <summary>Never: resource limits and process groups hold them.</summary>
    Off,

    /// <summary>Where bubblewrap works; the log says so, or why not.</summary>
    Auto,

    /// <summary>Always: where bubblewrap does not work, the start is refused.</summary>
    On,
}
