using System.Globalization;
using System.Text.RegularExpressions;
using Galley.Store;
using Galley.Wire;

namespace Galley.Lambda;

/// <summary>Layers: zips with a name and numbered versions, unpacked into /opt of the functions that use them. AWS: Lambda API, LayerVersion.</summary>
internal sealed partial class Layers(Installation installation, CodeStore code)
{
    public async ValueTask<LayerVersion> PublishLayerVersion(PublishLayerVersionRequest request, Call call)
    {
        var name = NameOf(request.LayerName);
        var wrong = new List<string>();
        if (request.Description is { Length: > 256 }) wrong.Add(Errors.Violation(request.Description, "description", "Member must have length less than or equal to 256"));
        if (request.CompatibleRuntimes is { } runtimes && !runtimes.All(Runtimes.IsKnown))
            wrong.Add(Errors.Violation(FunctionRules.Shown(runtimes), "compatibleRuntimes", $"Member must satisfy enum value set: [{Runtimes.List}]"));
        if (request.CompatibleArchitectures is { } architectures && architectures.Except(["x86_64", "arm64"]).Any())
            wrong.Add(Errors.Violation(FunctionRules.Shown(architectures), "compatibleArchitectures", "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]]"));
        if (wrong.Count > 0) throw Errors.Invalid(wrong);
        var kept = await code.Take(request.Content, call);
        var record = await installation.Store.Write(async tx =>
        {
            var last = await tx.Get(Keys.LastLayer(call.Account, call.Region, name)) is { } number ? long.Parse(System.Text.Encoding.ASCII.GetString(number), CultureInfo.InvariantCulture) : 0;
            var next = new LayerRecord
            {
                Name = name,
                Version = last + 1,
                Description = request.Description ?? "",
                LicenseInfo = request.LicenseInfo,
                CompatibleRuntimes = request.CompatibleRuntimes,
                CompatibleArchitectures = request.CompatibleArchitectures,
                Blob = kept.Blob,
                CodeSize = kept.Size,
                CodeSha256 = kept.Sha256,
                CreatedDate = Functions.Timestamp(installation),
            };
            tx.Put(Keys.LastLayer(call.Account, call.Region, name), System.Text.Encoding.ASCII.GetBytes(next.Version.ToString(CultureInfo.InvariantCulture)));
            tx.Put(Keys.Layer(call.Account, call.Region, name, next.Version), next, LambdaJson.Default.LayerRecord);
            return next;
        });
        return Whole(record, call);
    }

    public async ValueTask<LayerVersion> GetLayerVersion(LayerVersionRequest request, Call call)
    {
        if (request.VersionNumber < 1) throw Errors.InvalidParameter("Layer Version Cannot be less than 1");
        return Whole(await installation.Store.Read(snapshot => Find(snapshot, call, NameOf(request.LayerName), request.VersionNumber)), call);
    }

    public async ValueTask<LayerVersion> GetLayerVersionByArn(LayerArnRequest request, Call call)
    {
        if (ArnForm().Match(request.Arn) is not { Success: true } arn || !arn.Groups["version"].Success)
            throw Errors.Constraint(request.Arn, "arn", $"Member must satisfy regular expression pattern: {VersionPattern}");
        return Whole(await installation.Store.Read(snapshot => Find(snapshot, call, arn.Groups["name"].Value, long.Parse(arn.Groups["version"].Value, CultureInfo.InvariantCulture))), call);
    }

    public async ValueTask<ListLayersResponse> ListLayers(ListLayersRequest request, Call call)
    {
        CheckFilter(request);
        var all = await installation.Store.Read(snapshot => snapshot.List(Keys.AllLayers(call.Account, call.Region), LambdaJson.Default.LayerRecord));
        var latest = all.Where(record => Fits(record, request)).GroupBy(record => record.Name).Select(group => group.MaxBy(record => record.Version)!).OrderBy(record => record.Name, StringComparer.Ordinal)
            .Where(record => request.Marker is null || string.CompareOrdinal(record.Name, request.Marker) > 0).ToList();
        var limit = Limit(request.MaxItems);
        return new ListLayersResponse([.. latest.Take(limit).Select(record => new LayerListed(record.Name, Arn(call, record.Name), Short(record, call)))], latest.Count > limit ? latest[limit - 1].Name : null);
    }

    public async ValueTask<ListLayerVersionsResponse> ListLayerVersions(ListLayersRequest request, Call call)
    {
        var name = NameOf(request.LayerName!);
        CheckFilter(request);
        var all = await installation.Store.Read(snapshot => snapshot.List(Keys.LayerVersions(call.Account, call.Region, name), LambdaJson.Default.LayerRecord));
        var after = request.Marker is { } marker && long.TryParse(marker, CultureInfo.InvariantCulture, out var number) ? number : long.MaxValue;
        var found = all.Where(record => Fits(record, request) && record.Version < after).OrderByDescending(record => record.Version).ToList();
        var limit = Limit(request.MaxItems);
        return new ListLayerVersionsResponse([.. found.Take(limit).Select(record => Short(record, call))], found.Count > limit ? found[limit - 1].Version.ToString(CultureInfo.InvariantCulture) : null);
    }

    /// <summary>Functions that use the version keep it: their code names the blob.</summary>
    public async ValueTask<Empty> DeleteLayerVersion(LayerVersionRequest request, Call call)
    {
        if (request.VersionNumber < 1) throw Errors.InvalidParameter("Layer Version Cannot be less than 1");
        var name = NameOf(request.LayerName);
        var unused = await installation.Store.Write(async tx =>
        {
            var key = Keys.Layer(call.Account, call.Region, name, request.VersionNumber);
            if (await tx.Get(key, LambdaJson.Default.LayerRecord) is not { } record) return null;
            tx.Delete(key);
            foreach (var latest in await tx.List(Keys.Functions(call.Account, call.Region), LambdaJson.Default.FunctionRecord))
                foreach (var version in (List<FunctionRecord>)[latest, .. await tx.List(Keys.Versions(latest.Reference()), LambdaJson.Default.FunctionRecord)])
                    if (version.Layers.Any(layer => layer.Blob == record.Blob))
                        return null;
            return record.Blob;
        });
        if (unused is not null) code.Delete(unused);
        return Empty.Value;
    }

    public async ValueTask<AddPermissionResponse> AddLayerVersionPermission(AddLayerPermissionRequest request, Call call)
    {
        if (request.Action != "lambda:GetLayerVersion") throw Errors.Constraint(request.Action, "action", "Member must satisfy regular expression pattern: lambda:GetLayerVersion");
        if (request.Principal != "*" && !PrincipalForm().IsMatch(request.Principal))
            throw Errors.Constraint(request.Principal, "principal", @"Member must satisfy regular expression pattern: \d{12}|\*|arn:(aws[a-zA-Z-]*):iam::\d{12}:root");
        var (statement, revision) = await Change(request, call, record =>
        {
            if (request.RevisionId is not null && request.RevisionId != record.PolicyRevision) throw Errors.Precondition("The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id");
            if (record.Policy.Exists(kept => kept.Sid == request.StatementId))
                throw Errors.Conflict($"The statement id ({request.StatementId}) provided already exists. Please provide a new statement id, or remove the existing statement.");
            var json = Permissions.LayerStatement(request, VersionArn(call, record));
            return (record with { Policy = [.. record.Policy, new PolicyStatement(request.StatementId, json)], PolicyRevision = installation.Ids.Uuid() }, json);
        });
        return new AddPermissionResponse(statement) { RevisionId = revision };
    }

    public async ValueTask<GetPolicyResponse> GetLayerVersionPolicy(LayerVersionRequest request, Call call)
    {
        var record = await installation.Store.Read(snapshot => Find(snapshot, call, NameOf(request.LayerName), request.VersionNumber, Missing(request, call)));
        return record.Policy.Count > 0 ? new GetPolicyResponse(PolicyOf(record), record.PolicyRevision ?? "") : throw Errors.NotFound("No policy is associated with the given resource.");
    }

    public async ValueTask<Empty> RemoveLayerVersionPermission(RemoveLayerPermissionRequest request, Call call)
    {
        await Change(request, call, record =>
        {
            if (request.RevisionId is not null && request.RevisionId != record.PolicyRevision) throw Errors.Precondition("The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id");
            if (!record.Policy.Exists(kept => kept.Sid == request.StatementId)) throw Errors.NotFound($"Statement {request.StatementId} is not found in resource policy.");
            return (record with { Policy = record.Policy.FindAll(kept => kept.Sid != request.StatementId), PolicyRevision = installation.Ids.Uuid() }, "");
        });
        return Empty.Value;
    }

    /// <summary>The layers that a function asks for, checked as AWS checks them; null when it said nothing.</summary>
    public async ValueTask<List<LayerUse>?> Resolve(string[]? arns, Call call)
    {
        if (arns is null) return null;
        if (arns.Length > 5) throw Errors.InvalidParameter("Cannot reference more than 5 layers.");
        var uses = new List<(string Layer, LayerUse Use)>();
        foreach (var arn in arns)
        {
            if (ArnForm().Match(arn) is not { Success: true } match || !match.Groups["version"].Success)
                throw Errors.Constraint($"[{string.Join(", ", arns)}]", "layers", $"Member must satisfy constraint: [Member must have length less than or equal to 2048, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: {VersionPattern}, Member must not be null]");
            if (match.Groups["account"].Value != call.Account)
                throw Errors.AccessDenied($"User: {call.Principal.Arn} is not authorized to perform: lambda:GetLayerVersion on resource: {arn} because no resource-based policy allows the lambda:GetLayerVersion action");
            if (match.Groups["region"].Value != call.Region) throw Errors.InvalidParameter($"Layers are not in the same region as the function. Layers are expected to be in region {call.Region}.");
            var layer = arn[..arn.LastIndexOf(':')];
            if (uses.Find(use => use.Layer == layer) is { Use: { } other })
                throw Errors.InvalidParameter($"Two different versions of the same layer are not allowed to be referenced in the same function. {other.Arn} and {arn} are versions of the same layer.");
            var record = await installation.Store.Read(snapshot => snapshot.Get(Keys.Layer(call.Account, call.Region, match.Groups["name"].Value, long.Parse(match.Groups["version"].Value, CultureInfo.InvariantCulture)), LambdaJson.Default.LayerRecord))
                         ?? throw Errors.InvalidParameter($"Layer version {arn} does not exist.");
            uses.Add((layer, new LayerUse(arn, record.CodeSize, record.Blob)));
        }

        return [.. uses.Select(use => use.Use)];
    }

    private const string VersionPattern = @"(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)";

    private async ValueTask<(string Statement, string Revision)> Change(LayerVersionRequest request, Call call, Func<LayerRecord, (LayerRecord, string)> change)
        => await installation.Store.Write(async tx =>
        {
            var (record, statement) = change(await Find(tx, call, NameOf(request.LayerName), request.VersionNumber, Missing(request, call)));
            tx.Put(Keys.Layer(call.Account, call.Region, record.Name, record.Version), record, LambdaJson.Default.LayerRecord);
            return (statement, record.PolicyRevision!);
        });

    private static async ValueTask<LayerRecord> Find(ISnapshot snapshot, Call call, string name, long version, string? missing = null)
        => await snapshot.Get(Keys.Layer(call.Account, call.Region, name, version), LambdaJson.Default.LayerRecord) ?? throw Errors.NotFound(missing ?? "The resource you requested does not exist.");

    private static string Missing(LayerVersionRequest request, Call call) => $"Layer version {Arn(call, NameOf(request.LayerName))}:{request.VersionNumber} does not exist.";

    private static void CheckFilter(ListLayersRequest request)
    {
        if (request.CompatibleRuntime is { } runtime && !Runtimes.IsKnown(runtime)) throw Errors.Constraint(runtime, "compatibleRuntime", $"Member must satisfy enum value set: [{Runtimes.List}]");
        if (request.CompatibleArchitecture is { } architecture and not ("x86_64" or "arm64")) throw Errors.Constraint(architecture, "compatibleArchitecture", "Member must satisfy enum value set: [x86_64, arm64]");
    }

    private static bool Fits(LayerRecord record, ListLayersRequest request)
        => (request.CompatibleRuntime is null || record.CompatibleRuntimes?.Contains(request.CompatibleRuntime) == true)
           && (request.CompatibleArchitecture is null || record.CompatibleArchitectures?.Contains(request.CompatibleArchitecture) == true);

    private static int Limit(int? asked)
        => asked is < 1 or > 50 ? throw Errors.Constraint($"{asked}", "maxItems", asked < 1 ? "Member must have value greater than or equal to 1" : "Member must have value less than or equal to 50") : asked ?? 50;

    private static string NameOf(string text)
        => ArnForm().Match(text) is { Success: true } match ? match.Groups["name"].Value
            : NameForm().IsMatch(text) ? text
            : throw Errors.Constraint(text, "layerName", @"Member must satisfy regular expression pattern: (arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+");

    private static string PolicyOf(LayerRecord record)
        => $$"""{"Version":"2012-10-17","Id":"default","Statement":[{{string.Join(',', record.Policy.Select(statement => statement.Json))}}]}""";

    private static string Arn(Call call, string name) => call.Arn("lambda", "layer:" + name);

    internal static string VersionArn(Call call, string name, long version) => string.Create(CultureInfo.InvariantCulture, $"{Arn(call, NameOf(name))}:{version}");

    private static string VersionArn(Call call, LayerRecord record) => VersionArn(call, record.Name, record.Version);

    private LayerVersion Whole(LayerRecord record, Call call) => new(
        new LayerContent(CodeDownload.Location(installation, record.Blob), record.CodeSha256, record.CodeSize), Arn(call, record.Name), VersionArn(call, record), record.Description, record.CreatedDate, record.Version,
        record.CompatibleRuntimes, record.LicenseInfo, record.CompatibleArchitectures);

    private static LayerListedVersion Short(LayerRecord record, Call call)
        => new(VersionArn(call, record), record.Version, record.Description, record.CreatedDate, record.CompatibleRuntimes, record.LicenseInfo, record.CompatibleArchitectures);

    [GeneratedRegex("^arn:aws[a-zA-Z-]*:lambda:(?<region>[a-z]{2}(?:-[a-z]+)+-[0-9]):(?<account>[0-9]{12}):layer:(?<name>[a-zA-Z0-9_-]{1,140})(?::(?<version>[0-9]{1,18}))?$")]
    private static partial Regex ArnForm();

    [GeneratedRegex("^[a-zA-Z0-9_-]{1,140}$")]
    private static partial Regex NameForm();

    [GeneratedRegex("^(?:[0-9]{12}|arn:aws[a-zA-Z-]*:iam::[0-9]{12}:root)$")]
    private static partial Regex PrincipalForm();
}
