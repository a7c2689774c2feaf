using System.Text.RegularExpressions;
using Galley.Store;
using Galley.Wire;

namespace Galley.Lambda;

/// <summary>Aliases: names that stand for one version. Weighted routing is refused by name.</summary>
internal sealed partial class Aliases(Installation installation)
{
    public async ValueTask<AliasConfiguration> CreateAlias(CreateAliasRequest request, Call call)
    {
        var function = FunctionRef.Parse(request.FunctionName, call).Unqualified;
        if (!NameForm().IsMatch(request.Name)) throw Errors.Constraint(request.Name, "name", "Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)");
        var alias = new AliasRecord(request.Name, request.FunctionVersion, request.Description ?? "", installation.Ids.Uuid());
        await installation.Store.Write(async tx =>
        {
            await Functions.Find(tx, function with { Qualifier = request.FunctionVersion });
            if (await tx.Get(Keys.Alias(function, alias.Name)) is not null) throw Errors.Conflict($"Alias already exists: {function.Arn}:{alias.Name}");
            tx.Put(Keys.Alias(function, alias.Name), alias, LambdaJson.Default.AliasRecord);
        });
        return Answer(function, alias);
    }

    public async ValueTask<AliasConfiguration> GetAlias(AliasRequest request, Call call)
    {
        var function = FunctionRef.Parse(request.FunctionName, call).Unqualified;
        return Answer(function, await installation.Store.Read(snapshot => Get(snapshot, function, request.Name)));
    }

    public async ValueTask<AliasConfiguration> UpdateAlias(UpdateAliasRequest request, Call call)
    {
        var function = FunctionRef.Parse(request.FunctionName, call).Unqualified;
        return Answer(function, await installation.Store.Write(async tx =>
        {
            var alias = await Get(tx, function, request.Name);
            if (request.RevisionId is not null && request.RevisionId != alias.RevisionId) throw Errors.Precondition();
            if (request.FunctionVersion is not null) await Functions.Find(tx, function with { Qualifier = request.FunctionVersion });
            alias = alias with { FunctionVersion = request.FunctionVersion ?? alias.FunctionVersion, Description = request.Description ?? alias.Description, RevisionId = installation.Ids.Uuid() };
            tx.Put(Keys.Alias(function, alias.Name), alias, LambdaJson.Default.AliasRecord);
            return alias;
        }));
    }

    public async ValueTask<Empty> DeleteAlias(AliasRequest request, Call call)
    {
        var function = FunctionRef.Parse(request.FunctionName, call).Unqualified;
        await installation.Store.Write(tx =>
        {
            tx.Delete(Keys.Alias(function, request.Name));
            tx.Delete(Keys.Policy(function with { Qualifier = request.Name }));
            return ValueTask.CompletedTask;
        });
        return Empty.Value;
    }

    public async ValueTask<ListAliasesResponse> ListAliases(ListAliasesRequest request, Call call)
    {
        var function = FunctionRef.Parse(request.FunctionName, call).Unqualified;
        var all = await installation.Store.Read(async snapshot =>
        {
            await Functions.Find(snapshot, function);
            return await snapshot.List(Keys.Aliases(function), LambdaJson.Default.AliasRecord);
        });
        var limit = Math.Clamp(request.MaxItems ?? 50, 1, 50);
        var meant = all.FindAll(alias => (request.FunctionVersion is null || alias.FunctionVersion == request.FunctionVersion) && (request.Marker is null || string.CompareOrdinal(alias.Name, request.Marker) > 0));
        return new ListAliasesResponse([.. meant.Take(limit).Select(alias => Answer(function, alias))], meant.Count > limit ? meant[limit - 1].Name : null);
    }

    private static async ValueTask<AliasRecord> Get(ISnapshot snapshot, FunctionRef function, string name)
        => await snapshot.Get(Keys.Alias(function, name), LambdaJson.Default.AliasRecord) ?? throw Errors.NotFound($"Cannot find alias arn: {function.Arn}:{name}");

    private static AliasConfiguration Answer(FunctionRef function, AliasRecord alias)
        => new($"{function.Arn}:{alias.Name}", alias.Name, alias.FunctionVersion, alias.Description, alias.RevisionId);

    [GeneratedRegex("^(?![0-9]+$)[a-zA-Z0-9_-]{1,128}$")]
    private static partial Regex NameForm();
}

internal sealed record CreateAliasRequest(string? Description)
{
    public required string FunctionName { get; init; }

    public required string Name { get; init; }

    public required string FunctionVersion { get; init; }
}

internal sealed record UpdateAliasRequest(string? FunctionVersion, string? Description, string? RevisionId)
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

internal sealed record AliasConfiguration(string AliasArn, string Name, string FunctionVersion, string Description, string RevisionId);

internal sealed record ListAliasesResponse(AliasConfiguration[] Aliases, string? NextMarker);
