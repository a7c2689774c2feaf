using System.Text.RegularExpressions;
using Galley.Store;
using Galley.Wire;

namespace Galley.Lambda;

/// <summary>What hangs on a function beside code and configuration: tags, reserved concurrency, code signing, the account's limits.</summary>
internal sealed partial class FunctionOptions(Installation installation)
{
    private const int AccountConcurrency = 1000, UnreservedMinimum = 100, MostTags = 50;
    private const string TaggablePattern = @"arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|capacity-provider:[a-zA-Z0-9-_]+)";

    public async ValueTask<Empty> TagResource(TagRequest request, Call call)
    {
        if (request.Tags.Count == 0) throw Errors.InvalidParameter("An error occurred and the request cannot be processed.");
        await ChangeTags(request.Resource, tags =>
        {
            var all = tags.Where(tag => !request.Tags.ContainsKey(tag.Key)).Concat(request.Tags).ToDictionary();
            CheckTags(all);
            return all;
        }, call);
        return Empty.Value;
    }

    public async ValueTask<Empty> UntagResource(UntagRequest request, Call call)
    {
        if (request.TagKeys.ValueKind == System.Text.Json.JsonValueKind.Undefined) throw Errors.Missing("tagKeys");
        string[] keys = request.TagKeys.ValueKind == System.Text.Json.JsonValueKind.Array ? [.. request.TagKeys.EnumerateArray().Select(key => key.GetString()!)] : [request.TagKeys.GetString()!];
        await ChangeTags(request.Resource, tags => tags.Where(tag => !keys.Contains(tag.Key)).ToDictionary(), call);
        return Empty.Value;
    }

    /// <summary>For stacks: takes some tags away and sets others, in one step.</summary>
    public ValueTask ReplaceTags(string arn, string[] removed, Dictionary<string, string> set, Call call)
        => Change(FunctionRef.Parse(arn, call), record => record with { Touched = installation.Ids.Uuid(), Tags = record.Tags.Where(tag => !removed.Contains(tag.Key) && !set.ContainsKey(tag.Key)).Concat(set).ToDictionary() });

    public ValueTask<ListTagsResponse> ListTags(ArnRequest request, Call call)
    {
        var function = Tagged(request.Resource, call);
        return installation.Store.Read(async snapshot => new ListTagsResponse(function is null ? (await Mapping(snapshot, request.Resource, call)).Tags : (await Functions.Find(snapshot, function)).Tags));
    }

    public static void CheckTags(Dictionary<string, string>? tags)
    {
        if (tags?.Count > MostTags) throw Errors.InvalidParameter("Number of tags exceeds resource tag limit.");
    }

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
        var function = FunctionRef.Parse(request.FunctionName, call, null, FunctionNameForm.Plain);
        if (function.Qualifier is not null)
            throw Errors.InvalidParameter("This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.");
        if (request.ReservedConcurrentExecutions < 0) throw Errors.Constraint($"{request.ReservedConcurrentExecutions}", "reservedConcurrentExecutions", "Member must have value greater than or equal to 0");
        await installation.Store.Write(async tx =>
        {
            var record = await Functions.Find(tx, function with { Qualifier = FunctionRef.Latest });
            var others = await tx.List(Keys.Functions(function.Account, function.Region), LambdaJson.Default.FunctionRecord);
            var reserved = others.Where(other => other.Name != record.Name).Sum(other => other.ReservedConcurrency ?? 0) + request.ReservedConcurrentExecutions;
            if (AccountConcurrency - reserved < UnreservedMinimum)
                throw Errors.InvalidParameter($"Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [{UnreservedMinimum}].");
            var provisioned = (await Provisioning.Counts(tx, function)).Values.Sum();
            if (request.ReservedConcurrentExecutions < provisioned)
                throw Errors.InvalidParameter($" ReservedConcurrentExecutions  {request.ReservedConcurrentExecutions} should not be lower than function's total provisioned concurrency [{provisioned}].");
            tx.Put(Keys.Function(function), record with { ReservedConcurrency = request.ReservedConcurrentExecutions }, LambdaJson.Default.FunctionRecord);
        });
        return new Concurrency(request.ReservedConcurrentExecutions);
    }

    public ValueTask<Concurrency> GetFunctionConcurrency(FunctionRequest request, Call call)
        => installation.Store.Read(async snapshot => new Concurrency((await Functions.Find(snapshot, FunctionRef.Parse(request.FunctionName, call, null, FunctionNameForm.Plain).Unqualified)).ReservedConcurrency));

    public async ValueTask<Empty> DeleteFunctionConcurrency(FunctionRequest request, Call call)
    {
        await Change(FunctionRef.Parse(request.FunctionName, call, null, FunctionNameForm.Plain), record => record with { ReservedConcurrency = null });
        return Empty.Value;
    }

    /// <summary>No function has one.</summary>
    public async ValueTask<CodeSigningResponse> GetFunctionCodeSigningConfig(FunctionRequest request, Call call)
    {
        await installation.Store.Read(snapshot => Functions.Find(snapshot, FunctionRef.Parse(request.FunctionName, call).Unqualified));
        return new CodeSigningResponse(null, null);
    }

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
        if (Tagged(arn, call) is { } function) await Change(function, record => record with { Tags = change(record.Tags), Touched = installation.Ids.Uuid() });
        else
            await installation.Store.Write(async tx =>
            {
                var mapping = await Mapping(tx, arn, call);
                tx.Put(Keys.Mapping(mapping), mapping with { Tags = change(mapping.Tags) }, LambdaJson.Default.MappingRecord);
            });
    }

    /// <summary>The function that an ARN of tags means; null for an event source mapping.</summary>
    private static FunctionRef? Tagged(string arn, Call call)
    {
        if (!TaggableForm().IsMatch(arn)) throw Errors.Constraint(arn, "resource", "Member must satisfy regular expression pattern: " + TaggablePattern);
        switch (arn.Split(':')[5])
        {
            case "event-source-mapping":
                return null;
            case "function":
                var function = FunctionRef.Parse(arn, call);
                return function.Qualifier is null ? function : throw Errors.InvalidParameter("Tags on function aliases and versions are not supported. Please specify a function ARN.");
            default:
                throw Errors.NotFound("The resource you requested does not exist.");
        }
    }

    private static async ValueTask<Sources.MappingRecord> Mapping(ISnapshot snapshot, string arn, Call call)
        => await snapshot.Get(Keys.Mapping(call.Account, call.Region, arn.Split(':')[6]), LambdaJson.Default.MappingRecord) is { } mapping && call.Arn("lambda", "event-source-mapping:" + mapping.Uuid) == arn
            ? mapping : throw Errors.NotFound($"Event source mapping not found: {arn}");

    [GeneratedRegex("^(?:" + TaggablePattern + ")\\z")]
    private static partial Regex TaggableForm();

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
    public System.Text.Json.JsonElement TagKeys { get; init; }
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

internal sealed record CodeSigningResponse(string? CodeSigningConfigArn, string? FunctionName);

internal sealed record AccountSettings(AccountLimit AccountLimit, AccountUsage AccountUsage);

internal sealed record AccountLimit(long TotalCodeSize, long CodeSizeUnzipped, long CodeSizeZipped, int ConcurrentExecutions, int UnreservedConcurrentExecutions);

internal sealed record AccountUsage(long TotalCodeSize, int FunctionCount);
