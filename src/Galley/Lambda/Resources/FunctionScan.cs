using System.Text.Json.Nodes;
using Galley.Store;
using Galley.Wire;

namespace Galley.Lambda;

/// <summary>Functions and what belongs to them as the AWS::Lambda types. Code cannot be in a template; an alias can when its version is what the function is now, for older versions cannot be made again.</summary>
internal sealed class FunctionScan(Installation installation)
{
    private const string Prefix = "AWS::Lambda::", FunctionType = Prefix + "Function";

    private static LambdaJson Json => LambdaJson.Default;

    public IEnumerable<ResourceScanner> Scanners =>
    [
        new(FunctionType, "lambda:GetFunction", async call => [.. (await Functions(call)).Select(Function)]),
        Of("Version", "lambda:GetFunction", async record => await Newest(record) is { Aliases.Count: > 0 } newest ? [Version(record, newest.Version)] : []),
        Of("Alias", "lambda:GetAlias", async record => await Newest(record) is { } newest ? [.. newest.Aliases.Select(alias => Alias(record, alias))] : []),
        Of("Permission", "lambda:GetPolicy", async record =>
        {
            var found = new List<ScannedResource>();
            foreach (var place in (FunctionRef[])[record.Reference(), .. (await Newest(record))?.Aliases.Select(alias => record.Reference(alias.Name)) ?? []])
                if (await installation.Store.Read(snapshot => snapshot.Get(Keys.Policy(place), Json.PolicyRecord)) is { } policy)
                    found.AddRange(policy.Statements.Select(statement => Permission(record, place, statement)));
            return found;
        }),
        Of("Url", "lambda:GetFunctionUrlConfig", async record => [.. (await installation.Store.Read(snapshot => snapshot.List(Keys.Urls(record.Reference()), Json.UrlRecord))).Where(url => url.Function.Qualifier is null).Select(url => Url(record, url))]),
        Of("EventInvokeConfig", "lambda:GetFunctionEventInvokeConfig", async record => [.. (await installation.Store.Read(snapshot => snapshot.List(Keys.EventInvokes(record.Reference()), Json.EventInvokeRecord))).Where(config => config.Qualifier == FunctionRef.Latest).Select(config => Invocations(record, config))]),
        new(Prefix + "EventSourceMapping", "lambda:GetEventSourceMapping", Mappings),
        new(Prefix + "LayerVersion", "lambda:GetLayerVersion", async call => [.. (await installation.Store.Read(snapshot => snapshot.List(Keys.AllLayers(call.Account, call.Region), Json.LayerRecord))).Select(layer => Layer(layer, call))]),
    ];

    private ScannedResource Function(FunctionRecord record)
    {
        var configuration = record.Configuration(installation.Secrets);
        var said = Described.As(configuration, Json.FunctionConfiguration, "FunctionName", "Description", "Runtime", "Role", "Handler", "Timeout", "MemorySize", "Architectures", "DeadLetterConfig");
        if (configuration.Environment?.Variables is { Count: > 0 } variables) said["Environment"] = new JsonObject { ["Variables"] = new JsonObject(variables.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))) };
        if (record.EphemeralSize != 512) said["EphemeralStorage"] = new JsonObject { ["Size"] = record.EphemeralSize };
        if (configuration.Layers is { Length: > 0 } layers) said["Layers"] = new JsonArray([.. layers.Select(layer => JsonValue.Create(layer.Arn))]);
        if (configuration.LoggingConfig is { } logging && (logging.LogFormat == "JSON" || logging.LogGroup != "/aws/lambda/" + record.Name)) said["LoggingConfig"] = Described.As(logging, Json.LoggingConfig, "LogFormat", "LogGroup", "ApplicationLogLevel", "SystemLogLevel");
        if (record.Tracing == "Active") said["TracingConfig"] = new JsonObject { ["Mode"] = record.Tracing };
        if (record.MayLoop) said["RecursiveLoop"] = "Allow";
        if (record.UpdateRuntimeOn is not (null or "Auto") and var on) said["RuntimeManagementConfig"] = new JsonObject { ["UpdateRuntimeOn"] = on };
        if (record.ReservedConcurrency is { } reserved) said["ReservedConcurrentExecutions"] = reserved;
        if (record.Tags.Count > 0) said["Tags"] = Described.Tags(record.Tags);
        said["Code"] = new JsonObject { ["S3Bucket"] = "", ["S3Key"] = "" };
        return new ScannedResource(record.Name, said)
        {
            Identifier = Described.Of(("FunctionName", record.Name)),
            Attributes = Described.Of(("Arn", record.Reference().Arn)),
            Label = record.Name,
            WriteOnly = ["Code.S3Bucket", "Code.S3Key"],
            // Whatever a variable is called, what looks like a secret is none of the template's business.
            Secrets = [.. (configuration.Environment?.Variables ?? []).Keys.Where(LooksSecret).Select(name => "Environment.Variables." + name)],
        };
    }

    private static bool LooksSecret(string name) => ((string[])["SECRET", "PASSWORD", "PASSWD", "TOKEN", "CREDENTIAL", "PRIVATE", "APIKEY", "API_KEY", "ACCESS_KEY"]).Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase));

    private static ScannedResource Permission(FunctionRecord record, FunctionRef place, PolicyStatement statement)
    {
        var json = JsonNode.Parse(statement.Json)!.AsObject();
        var said = new JsonObject { ["FunctionName"] = place.QualifiedArn, ["Action"] = json["Action"]!.DeepClone(), ["Principal"] = Principal(json["Principal"]) };
        foreach (var (_, conditions) in json["Condition"] as JsonObject ?? [])
            foreach (var (key, value) in conditions as JsonObject ?? [])
                if (key.ToUpperInvariant() switch { "AWS:SOURCEARN" => "SourceArn", "AWS:SOURCEACCOUNT" => "SourceAccount", "LAMBDA:FUNCTIONURLAUTHTYPE" => "FunctionUrlAuthType", "AWS:PRINCIPALORGID" => "PrincipalOrgID", "LAMBDA:INVOKEDVIAFUNCTIONURL" => "InvokedViaFunctionUrl", _ => null } is { } property)
                    said[property] = value?.DeepClone();
        return new ScannedResource(statement.Sid, said) { Identifier = Described.Of(("FunctionName", record.Name), ("Id", statement.Sid)), Label = record.Name + " Permission" };

        static string Principal(JsonNode? principal) => principal switch
        {
            JsonObject map when (map["Service"] ?? map["AWS"]) is { } who => who.ToString() is var arn && arn.StartsWith("arn:", StringComparison.Ordinal) && arn.EndsWith(":root", StringComparison.Ordinal) ? arn.Split(':')[4] : arn,
            _ => principal?.ToString() ?? "*",
        };
    }

    /// <summary>The newest version, if it is the function as it stands, and the aliases that point to it alone.</summary>
    private async ValueTask<Published?> Newest(FunctionRecord record)
    {
        var (versions, aliases) = await installation.Store.Read(async snapshot => (await snapshot.List(Keys.Versions(record.Reference()), Json.FunctionRecord), await snapshot.List(Keys.Aliases(record.Reference()), Json.AliasRecord)));
        return versions.LastOrDefault() is { } newest && newest.CodeSha256 == record.CodeSha256 ? new Published(newest, [.. aliases.Where(alias => alias.FunctionVersion == newest.Version && alias.Weights is null)]) : null;
    }

    private sealed record Published(FunctionRecord Version, List<AliasRecord> Aliases);

    private static ScannedResource Version(FunctionRecord record, FunctionRecord version)
    {
        var arn = record.Reference(version.Version).QualifiedArn;
        var said = new JsonObject { ["FunctionName"] = record.Reference().Arn };
        if (version.Description is { Length: > 0 } text && text != record.Description) said["Description"] = text;
        return new ScannedResource(arn, said) { Identifier = Described.Of(("FunctionArn", arn)), Label = record.Name + " Version" };
    }

    private static ScannedResource Alias(FunctionRecord record, AliasRecord alias)
    {
        var arn = record.Reference(alias.Name).QualifiedArn;
        var said = new JsonObject { ["FunctionName"] = record.Reference().Arn, ["FunctionVersion"] = alias.FunctionVersion, ["Name"] = alias.Name };
        if (alias.Description.Length > 0) said["Description"] = alias.Description;
        return new ScannedResource(arn, said) { Identifier = Described.Of(("AliasArn", arn)), Label = $"{record.Name} {alias.Name} Alias" };
    }

    private static ScannedResource Layer(LayerRecord record, Call call)
    {
        var arn = call.Arn("lambda", $"layer:{record.Name}:{record.Version}");
        var said = Described.As(record, Json.LayerRecord, "Description", "LicenseInfo", "CompatibleRuntimes", "CompatibleArchitectures");
        said["LayerName"] = record.Name;
        said["Content"] = new JsonObject { ["S3Bucket"] = "", ["S3Key"] = "" };
        return new ScannedResource(arn, said) { Identifier = Described.Of(("LayerVersionArn", arn)), Label = record.Name + " Layer", WriteOnly = ["Content.S3Bucket", "Content.S3Key"] };
    }

    private static ScannedResource Url(FunctionRecord record, UrlRecord url)
    {
        var said = new JsonObject { ["TargetFunctionArn"] = record.Reference().Arn, ["AuthType"] = url.AuthType };
        if (url.InvokeMode is not (null or "BUFFERED")) said["InvokeMode"] = url.InvokeMode;
        if (url.Cors is { } cors && Described.Trimmed(System.Text.Json.JsonSerializer.SerializeToNode(cors, Json.UrlCors)) is { } rules) said["Cors"] = rules;
        return new ScannedResource(record.Reference().Arn, said) { Identifier = Described.Of(("FunctionArn", record.Reference().Arn)), Label = record.Name + " Url" };
    }

    private static ScannedResource Invocations(FunctionRecord record, EventInvokeRecord config)
    {
        var said = new JsonObject { ["FunctionName"] = record.Name, ["Qualifier"] = config.Qualifier };
        if (config.MaximumRetryAttempts is { } retries) said["MaximumRetryAttempts"] = retries;
        if (config.MaximumEventAgeInSeconds is { } age) said["MaximumEventAgeInSeconds"] = age;
        var destinations = new JsonObject();
        foreach (var (outcome, arn) in (ReadOnlySpan<(string, string?)>)[("OnSuccess", config.OnSuccess), ("OnFailure", config.OnFailure)])
            if (arn is not null) destinations[outcome] = new JsonObject { ["Destination"] = arn };
        if (destinations.Count > 0) said["DestinationConfig"] = destinations;
        return new ScannedResource($"{record.Name}|{config.Qualifier}", said) { Identifier = Described.Of(("FunctionName", record.Name), ("Qualifier", config.Qualifier)), Label = record.Name + " EventInvokeConfig" };
    }

    private async ValueTask<IReadOnlyList<ScannedResource>> Mappings(Call call) => [.. (await installation.Store.Read(snapshot => snapshot.List(Keys.Mappings(call.Account, call.Region), Json.MappingRecord))).Select(record =>
    {
        var said = Described.As(record.Answer(), Json.MappingConfiguration, "EventSourceArn", "StartingPosition", "BatchSize", "MaximumBatchingWindowInSeconds", "ParallelizationFactor", "FilterCriteria",
            "MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError", "MaximumRetryAttempts", "FunctionResponseTypes", "DestinationConfig", "ScalingConfig");
        said["FunctionName"] = record.Function.Arn;
        return new ScannedResource(record.Uuid, said) { Identifier = Described.Of(("Id", record.Uuid)), Attributes = Described.Of(("Id", record.Uuid)), Label = record.Function.Name + " Mapping" };
    })];

    private ValueTask<List<FunctionRecord>> Functions(Call call) => installation.Store.Read(snapshot => snapshot.List(Keys.Functions(call.Account, call.Region), Json.FunctionRecord));

    private ResourceScanner Of(string type, string action, Func<FunctionRecord, ValueTask<List<ScannedResource>>> read) => new(Prefix + type, action, async call =>
    {
        var found = new List<ScannedResource>();
        foreach (var record in await Functions(call)) found.AddRange((await read(record)).Select(one => one with { Parent = (FunctionType, record.Name) }));
        return found;
    });
}
