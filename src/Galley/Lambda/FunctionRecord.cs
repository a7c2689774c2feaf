using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Galley.Lambda;

/// <summary>A function as the store keeps it: $LATEST, or a published version frozen.</summary>
internal sealed record FunctionRecord
{
    public required string Account { get; init; }

    public required string Region { get; init; }

    public required string Name { get; init; }

    public string Version { get; init; } = FunctionRef.Latest;

    public required string Runtime { get; init; }

    public required string Role { get; init; }

    public string Handler { get; init; } = "";

    public string Description { get; init; } = "";

    public int Timeout { get; init; } = 3;

    public int MemorySize { get; init; } = 128;

    public int EphemeralSize { get; init; } = 512;

    public string Architecture { get; init; } = "x86_64";

    /// <summary>JSON of the variables, sealed; null when none were ever sent.</summary>
    public string? SealedEnvironment { get; init; }

    public string? LogGroup { get; init; }

    /// <summary>Its log is JSON, from these levels on; null for text.</summary>
    public LogLevels? JsonLog { get; init; }

    /// <summary>`Active` or, as null, `PassThrough`: kept and described; there is no X-Ray that would take segments.</summary>
    public string? Tracing { get; init; }

    /// <summary>ARN of the queue that gets events which could not be handled.</summary>
    public string? DeadLetters { get; init; }

    /// <summary>Name of the blob that holds the zip (behind a salt of <see cref="CodeStore"/>).</summary>
    public required string Blob { get; init; }

    /// <summary>Where the code is taken from again when it changes there; null for code that was sent.</summary>
    public LocalFolder? Folder { get; init; }

    public required long CodeSize { get; init; }

    public required string CodeSha256 { get; init; }

    public required string LastModified { get; init; }

    /// <summary>Changes with code and settings: environments of another one are not used any more.</summary>
    public required string RevisionId { get; init; }

    /// <summary>Set anew by what changes neither, but counts for clients: permissions, tags, a publication. Null since the last change of either.</summary>
    public string? Touched { get; init; }

    public Dictionary<string, string> Tags { get; init; } = [];

    public List<LayerUse> Layers { get; init; } = [];

    public int? ReservedConcurrency { get; init; }

    /// <summary>The recursion guard is off (PutFunctionRecursionConfig `Allow`).</summary>
    public bool MayLoop { get; init; }

    /// <summary>`Auto` or `FunctionUpdate` (PutRuntimeManagementConfig).</summary>
    public string? UpdateRuntimeOn { get; init; }

    /// <summary>Versions published so far; only on $LATEST.</summary>
    public long Published { get; init; }

    public string LogGroupName => LogGroup ?? OwnLogGroup(Name);

    public static string OwnLogGroup(string name) => "/aws/lambda/" + name;

    /// <summary>The RevisionId that clients see and send.</summary>
    [JsonIgnore]
    public string Revision => Touched ?? RevisionId;

    [JsonIgnore]
    public string RuntimeVersionArn => $"arn:aws:lambda:{Region}::runtime:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Runtime)))}";

    public FunctionRef Reference(string? qualifier = null) => new(Account, Region, Name, qualifier);

    /// <summary>The purpose its environment is sealed for: that of the function, whatever the version.</summary>
    public string EnvironmentPurpose => "lambda-environment/" + Reference().Arn;

    public Dictionary<string, string>? OpenEnvironment(Secrets secrets)
        => SealedEnvironment is null ? null : JsonSerializer.Deserialize(secrets.Open(EnvironmentPurpose, SealedEnvironment), LambdaJson.Default.DictionaryStringString);

    /// <summary>The answer of GetFunctionConfiguration.</summary>
    public FunctionConfiguration Configuration(Secrets secrets, string? arn = null) => new()
    {
        FunctionName = Name,
        FunctionArn = arn ?? (Version == FunctionRef.Latest ? Reference().Arn : Reference(Version).QualifiedArn),
        Runtime = Runtime,
        Role = Role,
        Handler = Handler,
        CodeSize = CodeSize,
        Description = Description,
        Timeout = Timeout,
        MemorySize = MemorySize,
        LastModified = LastModified,
        CodeSha256 = CodeSha256,
        Version = Version,
        Environment = OpenEnvironment(secrets) is { } variables ? new EnvironmentDescription { Variables = variables } : null,
        RevisionId = Revision,
        DeadLetterConfig = DeadLetters is null ? null : new DeadLetterConfig(DeadLetters),
        Layers = Layers.Count == 0 ? null : [.. Layers.Select(layer => new LayerReference(layer.Arn, layer.CodeSize))],
        Architectures = [Architecture],
        EphemeralStorage = new EphemeralStorage { Size = EphemeralSize },
        RuntimeVersionConfig = new RuntimeVersionConfig(RuntimeVersionArn),
        TracingConfig = new TracingConfig { Mode = Tracing ?? "PassThrough" },
        LoggingConfig = new LoggingConfig { LogFormat = JsonLog is null ? "Text" : "JSON", ApplicationLogLevel = JsonLog?.Application, SystemLogLevel = JsonLog?.System, LogGroup = LogGroupName },
    };
}

/// <summary>The least levels that a log in JSON keeps: of what the function writes, and of Lambda's own events.</summary>
internal sealed record LogLevels(string Application, string System);

/// <summary>An alias: a name for a version.</summary>
internal sealed record AliasRecord(string Name, string FunctionVersion, string Description, string RevisionId)
{
    /// <summary>The share of events that other versions get, by version.</summary>
    public Dictionary<string, double>? Weights { get; init; }
}

/// <summary>The statements of a function's (or version's, alias's) own policy, each as JSON, in order. Its revision is that of what it hangs on.</summary>
/// <param name="RevisionId">Only in what earlier programs wrote.</param>
internal sealed record PolicyRecord(List<PolicyStatement> Statements, string? RevisionId = null);

internal sealed record PolicyStatement(string Sid, string Json);

/// <summary>A folder of this machine that holds a function's code.</summary>
/// <param name="Path">Full.</param>
/// <param name="Stamp">Of the files that were taken, by <see cref="LocalCode.Stamp"/>.</param>
internal sealed record LocalFolder(string Path, string Stamp);
