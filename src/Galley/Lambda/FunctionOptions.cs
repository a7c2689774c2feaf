using Galley.Store;
using Galley.Wire;

namespace Galley.Lambda;

/// <summary>What hangs on a function beside code and configuration: tags, reserved concurrency, code signing, the account's limits.</summary>
internal sealed class FunctionOptions(Installation installation)
{
    private const int AccountConcurrency = 1000, UnreservedMinimum = 100;

    public async ValueTask<Empty> TagResource(TagRequest request, Call call)
    {
        await ChangeTags(request.Resource, tags => tags.Where(tag => !request.Tags.ContainsKey(tag.Key)).Concat(request.Tags).ToDictionary(), call);
        return Empty.Value;
    }

    public async ValueTask<Empty> UntagResource(UntagRequest request, Call call)
    {
        string[] keys = request.TagKeys.ValueKind == System.Text.Json.JsonValueKind.Array ? [.. request.TagKeys.EnumerateArray().Select(key => key.GetString()!)] : [request.TagKeys.GetString()!];
        await ChangeTags(request.Resource, tags => tags.Where(tag => !keys.Contains(tag.Key)).ToDictionary(), call);
        return Empty.Value;
    }

    /// <summary>For stacks: takes some tags away and sets others, in one step.</summary>
    public ValueTask ReplaceTags(string arn, string[] removed, Dictionary<string, string> set, Call call)
        => Change(FunctionRef.Parse(arn, call), record => record with { Tags = record.Tags.Where(tag => !removed.Contains(tag.Key) && !set.ContainsKey(tag.Key)).Concat(set).ToDictionary() });

    public ValueTask<ListTagsResponse> ListTags(ArnRequest request, Call call)
        => installation.Store.Read(async snapshot => new ListTagsResponse(
            MappingOf(request.Resource) is { } mapping ? (await Mapping(snapshot, mapping, call)).Tags : (await Functions.Find(snapshot, FunctionRef.Parse(request.Resource, call).Unqualified)).Tags));

    /// <summary>Tags for IAM; null for what is not there.</summary>
    public async ValueTask<IReadOnlyDictionary<string, string>?> TagsOf(string resource, Call call)
    {
        try
        {
            return (await ListTags(new ArnRequest { Resource = resource }, call)).Tags;
        }
        catch (AwsError)
        {
            return null;
        }
    }

    public async ValueTask<Concurrency> PutFunctionConcurrency(PutConcurrencyRequest request, Call call)
    {
        var function = FunctionRef.Parse(request.FunctionName, call).Unqualified;
        if (request.ReservedConcurrentExecutions < 0) throw Errors.Constraint($"{request.ReservedConcurrentExecutions}", "reservedConcurrentExecutions", "Member must have value greater than or equal to 0");
        await installation.Store.Write(async tx =>
        {
            var record = await Functions.Find(tx, function);
            var others = await tx.List(Keys.Functions(function.Account, function.Region), LambdaJson.Default.FunctionRecord);
            var reserved = others.Where(other => other.Name != record.Name).Sum(other => other.ReservedConcurrency ?? 0) + request.ReservedConcurrentExecutions;
            if (AccountConcurrency - reserved < UnreservedMinimum)
                throw Errors.InvalidParameter($"Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [{UnreservedMinimum}].");
            tx.Put(Keys.Function(function), record with { ReservedConcurrency = request.ReservedConcurrentExecutions }, LambdaJson.Default.FunctionRecord);
        });
        return new Concurrency(request.ReservedConcurrentExecutions);
    }

    public ValueTask<Concurrency> GetFunctionConcurrency(FunctionRequest request, Call call)
        => installation.Store.Read(async snapshot => new Concurrency((await Functions.Find(snapshot, FunctionRef.Parse(request.FunctionName, call).Unqualified)).ReservedConcurrency));

    public async ValueTask<Empty> DeleteFunctionConcurrency(FunctionRequest request, Call call)
    {
        await Change(FunctionRef.Parse(request.FunctionName, call), record => record with { ReservedConcurrency = null });
        return Empty.Value;
    }

    public ValueTask<CodeSigningResponse> GetFunctionCodeSigningConfig(FunctionRequest request, Call call)
        => installation.Store.Read(async snapshot => new CodeSigningResponse((await Functions.Find(snapshot, FunctionRef.Parse(request.FunctionName, call).Unqualified)).Name));

    public async ValueTask<AccountSettings> GetAccountSettings(Empty request, Call call)
    {
        var all = await installation.Store.Read(snapshot => snapshot.List(Keys.Functions(call.Account, call.Region), LambdaJson.Default.FunctionRecord));
        return new AccountSettings(
            new AccountLimit(80_530_636_800, 262_144_000, 52_428_800, AccountConcurrency, AccountConcurrency - all.Sum(record => record.ReservedConcurrency ?? 0)),
            new AccountUsage(all.Sum(record => record.CodeSize), all.Count));
    }

    /// <summary>Event source mappings carry tags too; their ARN ends in their UUID.</summary>
    private async ValueTask ChangeTags(string arn, Func<Dictionary<string, string>, Dictionary<string, string>> change, Call call)
    {
        if (MappingOf(arn) is not { } uuid) await Change(FunctionRef.Parse(arn, call), record => record with { Tags = change(record.Tags) });
        else
            await installation.Store.Write(async tx =>
            {
                var mapping = await Mapping(tx, uuid, call);
                tx.Put(Keys.Mapping(mapping), mapping with { Tags = change(mapping.Tags) }, LambdaJson.Default.MappingRecord);
            });
    }

    private static string? MappingOf(string arn) => arn.Split(':') is ["arn", _, "lambda", _, _, "event-source-mapping", var uuid] ? uuid : null;

    private static async ValueTask<Sources.MappingRecord> Mapping(ISnapshot snapshot, string uuid, Call call)
        => await snapshot.Get(Keys.Mapping(call.Account, call.Region, uuid), LambdaJson.Default.MappingRecord) ?? throw Errors.NotFound("The resource you requested does not exist.");

    private async ValueTask Change(FunctionRef function, Func<FunctionRecord, FunctionRecord> change)
        => await installation.Store.Write(async tx =>
            tx.Put(Keys.Function(function.Unqualified), change(await Functions.Find(tx, function.Unqualified)), LambdaJson.Default.FunctionRecord));
}

internal sealed record TagRequest
{
    public required string Resource { get; init; }

    public required Dictionary<string, string> Tags { get; init; }
}

/// <summary>`tagKeys` comes once or often in the query: text or a list.</summary>
internal sealed record UntagRequest
{
    public required string Resource { get; init; }

    [System.Text.Json.Serialization.JsonPropertyName("tagKeys")]
    public required System.Text.Json.JsonElement TagKeys { get; init; }
}

internal sealed record ArnRequest
{
    public required string Resource { get; init; }
}

internal sealed record ListTagsResponse(Dictionary<string, string> Tags);

internal sealed record PutConcurrencyRequest
{
    public required string FunctionName { get; init; }

    public required int ReservedConcurrentExecutions { get; init; }
}

internal sealed record CodeSigningResponse(string FunctionName);

internal sealed record AccountSettings(AccountLimit AccountLimit, AccountUsage AccountUsage);

internal sealed record AccountLimit(long TotalCodeSize, long CodeSizeUnzipped, long CodeSizeZipped, int ConcurrentExecutions, int UnreservedConcurrentExecutions);

internal sealed record AccountUsage(long TotalCodeSize, int FunctionCount);
