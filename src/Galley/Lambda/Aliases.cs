using System.Text.RegularExpressions;
using Galley.Store;
using Galley.Wire;

namespace Galley.Lambda;

/// <summary>Aliases: names that stand for one version, or for two by weight.</summary>
/// <param name="changed">Told of an alias that points elsewhere or is gone.</param>
internal sealed partial class Aliases(Installation installation, Action<FunctionRef> changed)
{
    public async ValueTask<AliasConfiguration> CreateAlias(CreateAliasRequest request, Call call)
    {
        var function = FunctionRef.Parse(request.FunctionName, call, null, FunctionNameForm.Plain).Unqualified;
        if (!NameForm().IsMatch(request.Name)) throw Errors.Constraint(request.Name, "name", "Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)");
        CheckVersion(request.FunctionVersion);
        var alias = new AliasRecord(request.Name, request.FunctionVersion, request.Description ?? "", installation.Ids.Uuid()) { Weights = Weights(request.RoutingConfig) };
        await installation.Store.Write(async tx =>
        {
            await Functions.Find(tx, function with { Qualifier = request.FunctionVersion });
            await Check(tx, function, alias);
            if (await tx.Get(Keys.Alias(function, alias.Name)) is not null) throw Errors.Conflict($"Alias already exists: {function.Arn}:{alias.Name}");
            tx.Put(Keys.Alias(function, alias.Name), alias, LambdaJson.Default.AliasRecord);
        });
        return Answer(function, alias);
    }

    public async ValueTask<AliasConfiguration> GetAlias(AliasRequest request, Call call)
    {
        var function = FunctionRef.Parse(request.FunctionName, call, null, FunctionNameForm.Plain).Unqualified;
        return Answer(function, await installation.Store.Read(snapshot => Get(snapshot, function, request.Name)));
    }

    public async ValueTask<AliasConfiguration> UpdateAlias(UpdateAliasRequest request, Call call)
    {
        var function = FunctionRef.Parse(request.FunctionName, call, null, FunctionNameForm.Plain).Unqualified;
        var updated = await installation.Store.Write(async tx =>
        {
            var alias = await Get(tx, function, request.Name);
            if (request.RevisionId is not null && request.RevisionId != alias.RevisionId) throw Errors.Precondition();
            if (request.FunctionVersion is { } version)
            {
                CheckVersion(version);
                await Functions.Find(tx, function with { Qualifier = version });
            }

            alias = alias with
            {
                FunctionVersion = request.FunctionVersion ?? alias.FunctionVersion,
                Description = request.Description ?? alias.Description,
                RevisionId = installation.Ids.Uuid(),
                Weights = request.RoutingConfig is null ? alias.Weights : Weights(request.RoutingConfig),
            };
            await Check(tx, function, alias);
            tx.Put(Keys.Alias(function, alias.Name), alias, LambdaJson.Default.AliasRecord);
            return alias;
        });
        changed(function with { Qualifier = request.Name });
        return Answer(function, updated);
    }

    public async ValueTask<Empty> DeleteAlias(AliasRequest request, Call call)
    {
        var function = FunctionRef.Parse(request.FunctionName, call, null, FunctionNameForm.Plain).Unqualified;
        await installation.Store.Write(tx =>
        {
            var alias = function with { Qualifier = request.Name };
            tx.Delete(Keys.Alias(function, request.Name));
            // Its URL stays, as on AWS: it lets nobody in, for its policy is gone.
            foreach (var key in (byte[][])[Keys.Policy(alias), Keys.EventInvoke(alias), Keys.Provisioned(alias)]) tx.Delete(key);
            return ValueTask.CompletedTask;
        });
        changed(function with { Qualifier = request.Name });
        return Empty.Value;
    }

    public async ValueTask<ListAliasesResponse> ListAliases(ListAliasesRequest request, Call call)
    {
        var function = FunctionRef.Parse(request.FunctionName, call, null, FunctionNameForm.Plain).Unqualified;
        var all = await installation.Store.Read(async snapshot =>
        {
            await Functions.Find(snapshot, function);
            return await snapshot.List(Keys.Aliases(function), LambdaJson.Default.AliasRecord);
        });
        var limit = Math.Clamp(request.MaxItems ?? 50, 1, 50);
        var meant = all.FindAll(alias => (request.FunctionVersion is null || alias.FunctionVersion == request.FunctionVersion) && (request.Marker is null || string.CompareOrdinal(alias.Name, request.Marker) > 0));
        return new ListAliasesResponse([.. meant.Take(limit).Select(alias => Answer(function, alias))], meant.Count > limit ? meant[limit - 1].Name : null);
    }

    public static async ValueTask<AliasRecord> Get(ISnapshot snapshot, FunctionRef function, string name)
        => await snapshot.Get(Keys.Alias(function, name), LambdaJson.Default.AliasRecord) ?? throw Errors.AliasNotFound(function with { Qualifier = name });

    /// <summary>The version that is meant, where AWS names an alias that is not there as such.</summary>
    public static async ValueTask<FunctionRecord> Follow(ISnapshot snapshot, FunctionRef function)
    {
        if (function.IsAlias) await Get(snapshot, function, function.Qualifier!);
        return await Functions.Find(snapshot, function);
    }

    private static AliasConfiguration Answer(FunctionRef function, AliasRecord alias)
        => new($"{function.Arn}:{alias.Name}", alias.Name, alias.FunctionVersion, alias.Description, alias.RevisionId, alias.Weights is { Count: > 0 } weights ? new RoutingConfig { AdditionalVersionWeights = weights } : null);

    private static Dictionary<string, double>? Weights(RoutingConfig? routing) => routing?.AdditionalVersionWeights is { Count: > 0 } weights ? weights : null;

    private static void CheckVersion(string version)
    {
        if (version != FunctionRef.Latest && !NumberForm().IsMatch(version)) throw Errors.Constraint(version, "functionVersion", @"Member must satisfy regular expression pattern: (\$LATEST|[0-9]+)");
    }

    private static async ValueTask Check(ISnapshot snapshot, FunctionRef function, AliasRecord alias)
    {
        if (alias.Weights is not { } weights) return;
        if (weights.Count > 1) throw Errors.InvalidParameter("Number of items in AdditionalVersionWeights cannot be greater than 1");
        foreach (var (version, weight) in weights)
        {
            var shown = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{{{version}={weight}}}");
            if (weight is < 0 or > 1)
                throw Errors.Constraint(shown, "routingConfig.additionalVersionWeights", "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]");
            if (version == alias.FunctionVersion)
                throw Errors.InvalidParameter($"Invalid function version {version}. Function version {version} is already included in routing configuration.");
            if (alias.FunctionVersion == FunctionRef.Latest) throw Errors.InvalidParameter("$LATEST is not supported for an alias pointing to more than 1 version");
            if (!NumberForm().IsMatch(version))
                throw Errors.Constraint(shown, "routingConfig.additionalVersionWeights", "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+, Member must not be null]");
            await Functions.Find(snapshot, function with { Qualifier = version });
        }
    }

    [GeneratedRegex("^[0-9]{1,1024}$")]
    private static partial Regex NumberForm();

    [GeneratedRegex("^(?![0-9]+$)[a-zA-Z0-9_-]{1,128}$")]
    private static partial Regex NameForm();
}

internal sealed record CreateAliasRequest(string? Description, RoutingConfig? RoutingConfig = null)
{
    public required string FunctionName { get; init; }

    public required string Name { get; init; }

    public required string FunctionVersion { get; init; }
}

internal sealed record UpdateAliasRequest(string? FunctionVersion, string? Description, string? RevisionId, RoutingConfig? RoutingConfig = null)
{
    public required string FunctionName { get; init; }

    public required string Name { get; init; }
}

internal sealed record AliasRequest
{
    public required string FunctionName { get; init; }

    public required string Name { get; init; }
}

internal sealed record ListAliasesRequest(string? FunctionVersion, string? Marker, int? MaxItems)
{
    public required string FunctionName { get; init; }
}

internal sealed record RoutingConfig
{
    public Dictionary<string, double>? AdditionalVersionWeights { get; init; }
}

internal sealed record AliasConfiguration(string AliasArn, string Name, string FunctionVersion, string Description, string RevisionId, RoutingConfig? RoutingConfig);

internal sealed record ListAliasesResponse(AliasConfiguration[] Aliases, string? NextMarker);
