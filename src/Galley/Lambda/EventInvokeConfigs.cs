using System.Text.RegularExpressions;
using Galley.Store;
using Galley.Wire;

namespace Galley.Lambda;

/// <summary>
/// How asynchronous invocations are retried, how old they may grow and where their results go. AWS: Lambda API,
/// FunctionEventInvokeConfig. Known difference: destinations are functions and queues, and buckets for
/// failures; SNS and EventBridge are refused by name.
/// </summary>
internal sealed partial class EventInvokeConfigs(Installation installation, ISendMessages messages)
{
    public ValueTask<EventInvokeConfiguration> PutFunctionEventInvokeConfig(EventInvokeConfigRequest request, Call call) => Save(request, call, anew: true);

    public ValueTask<EventInvokeConfiguration> UpdateFunctionEventInvokeConfig(EventInvokeConfigRequest request, Call call) => Save(request, call, anew: false);

    public async ValueTask<EventInvokeConfiguration> GetFunctionEventInvokeConfig(FunctionRequest request, Call call)
    {
        var function = Qualified(request.FunctionName, request.Qualifier, call);
        return Answer(function, await installation.Store.Read(async snapshot => await Find(snapshot, function) ?? throw None(function)));
    }

    public async ValueTask<Empty> DeleteFunctionEventInvokeConfig(FunctionRequest request, Call call)
    {
        var function = Qualified(request.FunctionName, request.Qualifier, call);
        await installation.Store.Write(async tx =>
        {
            if (await Find(tx, function) is null) throw None(function);
            tx.Delete(Keys.EventInvoke(function));
        });
        return Empty.Value;
    }

    public async ValueTask<ListEventInvokeConfigsResponse> ListFunctionEventInvokeConfigs(ListOfFunctionRequest request, Call call)
    {
        var function = FunctionRef.Parse(request.FunctionName, call).Unqualified;
        if (request.MaxItems is < 1 or > 50) throw Errors.Constraint($"{request.MaxItems}", "maxItems", request.MaxItems < 1 ? "Member must have value greater than or equal to 1" : "Member must have value less than or equal to 50");
        var all = await installation.Store.Read(async snapshot =>
        {
            await Exists(snapshot, function);
            return await snapshot.List(Keys.EventInvokes(function), LambdaJson.Default.EventInvokeRecord);
        });
        var after = request.Marker is null ? all : all.FindAll(record => string.CompareOrdinal(record.Qualifier, request.Marker) > 0);
        var limit = request.MaxItems ?? 50;
        return new ListEventInvokeConfigsResponse(
            [.. after.Take(limit).Select(record => Answer(function with { Qualifier = record.Qualifier }, record))], after.Count > limit ? after[limit - 1].Qualifier : null);
    }

    /// <summary>What counts for an asynchronous invocation with this qualifier; null for AWS's defaults.</summary>
    public static ValueTask<EventInvokeRecord?> Find(ISnapshot snapshot, FunctionRef function)
        => snapshot.Get(Keys.EventInvoke(function with { Qualifier = function.Qualifier ?? FunctionRef.Latest }), LambdaJson.Default.EventInvokeRecord);

    private async ValueTask<EventInvokeConfiguration> Save(EventInvokeConfigRequest request, Call call, bool anew)
    {
        var function = Qualified(request.FunctionName, request.Qualifier, call);
        if (request.MaximumRetryAttempts is < 0 or > 2)
            throw Errors.Constraint($"{request.MaximumRetryAttempts}", "maximumRetryAttempts", request.MaximumRetryAttempts < 0 ? "Member must have value greater than or equal to 0" : "Member must have value less than or equal to 2");
        if (request.MaximumEventAgeInSeconds is < 60 or > 21600)
            throw Errors.Constraint($"{request.MaximumEventAgeInSeconds}", "maximumEventAgeInSeconds", request.MaximumEventAgeInSeconds < 60 ? "Member must have value greater than or equal to 60" : "Member must have value less than or equal to 21600");
        if (request is { MaximumRetryAttempts: null, MaximumEventAgeInSeconds: null, DestinationConfig: null })
            throw Errors.InvalidParameter("You must specify at least one of error handling or destination setting.");
        await MaySend(function, request.DestinationConfig);
        var saved = await installation.Store.Write(async tx =>
        {
            await Exists(tx, function);
            if (request.DestinationConfig is { } destinations) await Check(tx, destinations, function);
            var before = await Find(tx, function);
            if (!anew && before is null) throw None(function);
            var after = new EventInvokeRecord(
                function.Qualifier!, request.MaximumRetryAttempts ?? (anew ? null : before?.MaximumRetryAttempts), request.MaximumEventAgeInSeconds ?? (anew ? null : before?.MaximumEventAgeInSeconds),
                Text(request.DestinationConfig, one => one.OnSuccess) ?? (anew ? null : before?.OnSuccess), Text(request.DestinationConfig, one => one.OnFailure) ?? (anew ? null : before?.OnFailure), installation.Now);
            tx.Put(Keys.EventInvoke(function), after, LambdaJson.Default.EventInvokeRecord);
            return after;
        });
        return Answer(function, saved);
    }

    private async ValueTask MaySend(FunctionRef function, DestinationConfig? destinations)
    {
        foreach (var target in (string?[])[destinations?.OnSuccess?.Target, destinations?.OnFailure?.Target])
            if (target is not null && Destinations.IsQueue(target) && !await messages.MaySend((await installation.Store.Read(snapshot => Exists(snapshot, function))).Role, target))
                throw Errors.InvalidParameter($"The function's execution role does not have permissions to call SendMessage on {target}");
    }

    private static string? Text(DestinationConfig? destinations, Func<DestinationConfig, Destination?> which)
        => destinations is not null && which(destinations) is { } destination ? destination.Target ?? "" : null;

    private static async ValueTask<FunctionRecord> Exists(ISnapshot snapshot, FunctionRef function)
    {
        try
        {
            return await Functions.Find(snapshot, function);
        }
        catch (AwsError)
        {
            throw Errors.NotFound("The function doesn't exist.");
        }
    }

    private static async ValueTask Check(ISnapshot snapshot, DestinationConfig destinations, FunctionRef function)
    {
        foreach (var (name, target) in ((string, string?)[])[("onFailure", destinations.OnFailure?.Target), ("onSuccess", destinations.OnSuccess?.Target)])
        {
            if (string.IsNullOrEmpty(target)) continue;
            if (!ArnForm().IsMatch(target))
                throw Errors.Constraint(target, $"destinationConfig.{name}.destination", @"Member must satisfy regular expression pattern: $|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)");
            switch (target.Split(':')[2])
            {
                case "lambda":
                    var other = FunctionRef.Parse(target, function.Account, function.Region);
                    if (other.Name == function.Name) throw Errors.InvalidParameter("You can't specify the function as a destination for itself.");
                    if (await snapshot.Get(Keys.Function(other)) is null) throw Errors.InvalidParameter($"The destination ARN {target} is invalid.");
                    break;
                case "s3" when name == "onFailure" && Destinations.BucketOf(target) is not null:
                    break;
                case "sqs" when Destinations.IsQueue(target):
                    break;
                case "sns" or "events":
                    throw Errors.InvalidParameter($"Galley does not support the destination {target}: functions and queues, and buckets for failures, are the destinations here.");
                default:
                    throw Errors.InvalidParameter($"The provided destination config DestinationConfig(onSuccess={Part("OnSuccess", destinations.OnSuccess)}, onFailure={Part("OnFailure", destinations.OnFailure)}) is invalid.");
            }
        }

        static string Part(string name, Destination? destination) => string.IsNullOrEmpty(destination?.Target) ? "null" : $"{name}(destination={destination.Target})";
    }

    private static FunctionRef Qualified(string name, string? qualifier, Call call)
    {
        var function = FunctionRef.Parse(name, call, qualifier);
        return function with { Qualifier = function.Qualifier ?? FunctionRef.Latest };
    }

    private static AwsError None(FunctionRef function) => Errors.NotFound($"The function {function.QualifiedArn} doesn't have an EventInvokeConfig");

    private static EventInvokeConfiguration Answer(FunctionRef function, EventInvokeRecord record) => new(
        record.LastModified.ToUnixTimeMilliseconds() / 1000m, function.QualifiedArn, record.MaximumRetryAttempts, record.MaximumEventAgeInSeconds,
        new DestinationConfig { OnSuccess = new Destination { Target = Destinations.Kept(record.OnSuccess) }, OnFailure = new Destination { Target = Destinations.Kept(record.OnFailure) } });

    [GeneratedRegex(@"^arn:aws[a-zA-Z0-9-]*:[a-zA-Z0-9-]+:([a-z]{2}(-[a-z]+)+-[0-9])?:([0-9]{12})?:.*$")]
    private static partial Regex ArnForm();
}

/// <summary>Stored per function and qualifier (`$LATEST` when none was said).</summary>
internal sealed record EventInvokeRecord(string Qualifier, int? MaximumRetryAttempts, int? MaximumEventAgeInSeconds, string? OnSuccess, string? OnFailure, DateTimeOffset LastModified);

internal sealed record EventInvokeConfigRequest(string? Qualifier, int? MaximumRetryAttempts, int? MaximumEventAgeInSeconds, DestinationConfig? DestinationConfig)
{
    public required string FunctionName { get; init; }
}

internal sealed record DestinationConfig
{
    public Destination? OnSuccess { get; init; }

    public Destination? OnFailure { get; init; }
}

internal sealed record Destination
{
    [System.Text.Json.Serialization.JsonPropertyName("Destination")]
    public string? Target { get; init; }
}

internal sealed record EventInvokeConfiguration(decimal LastModified, string FunctionArn, int? MaximumRetryAttempts, int? MaximumEventAgeInSeconds, DestinationConfig DestinationConfig);

internal sealed record ListOfFunctionRequest(string? Marker, int? MaxItems)
{
    public required string FunctionName { get; init; }
}

internal sealed record ListEventInvokeConfigsResponse(EventInvokeConfiguration[] FunctionEventInvokeConfigs, string? NextMarker);
