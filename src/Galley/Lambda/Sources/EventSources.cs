using System.Text.Json;
using Galley.Store;
using Galley.Wire;

namespace Galley.Lambda.Sources;

/// <summary>
/// Event source mappings: which stream or queue feeds which function, and how. AWS: Lambda API, EventSourceMapping. Known difference: DynamoDB
/// streams and queues of SQS; Kinesis, Kafka and MQ are refused by name; failure destinations are buckets and queues.
/// </summary>
internal sealed class EventSources(Installation installation, LambdaPorts ports, Action<string, byte[]> changed)
{
    public async ValueTask<MappingConfiguration> CreateEventSourceMapping(CreateMappingRequest request, Call call)
    {
        var source = request.EventSourceArn ?? throw Errors.InvalidParameter("Unrecognized event source.");
        var function = FunctionRef.Parse(request.FunctionName, call);
        await RoleOf(function);
        MappingRules.Check(request);
        if (Destinations.IsQueue(source)) return await Create(function, source, null, null, request);
        if (request.StartingPosition is null) throw Errors.InvalidParameter("1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.");
        if (request.StartingPosition is not ("TRIM_HORIZON" or "LATEST" or "AT_TIMESTAMP")) throw Errors.Constraint(request.StartingPosition, "startingPosition", "Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]");
        if (request.StartingPosition != "AT_TIMESTAMP" && request.StartingPositionTimestamp is not null) throw Errors.InvalidParameter("Timestamp only valid with StartingPosition AT_TIMESTAMP");
        if (request.StartingPosition == "AT_TIMESTAMP") throw Errors.InvalidParameter($"Unsupported starting position for arn type: {source}");
        var head = await Reachable(function, source, request.DestinationConfig?.OnFailure?.Target);
        return await Create(function, source, request.StartingPosition, request.StartingPosition == "LATEST" ? head.LastSequence : null, request);
    }

    /// <param name="function">What is fed.</param>
    /// <param name="source">The stream or the queue.</param>
    /// <param name="position">Of a stream.</param>
    /// <param name="after">The record of a stream after which the mapping begins; null for its first.</param>
    /// <param name="request">The rest.</param>
    private async ValueTask<MappingConfiguration> Create(FunctionRef function, string source, string? position, string? after, CreateMappingRequest request)
    {
        if (Destinations.IsQueue(source)) await CheckQueue(function, source);
        var record = new MappingRecord
        {
            Uuid = installation.Ids.Uuid(),
            Function = function,
            EventSourceArn = source,
            StartingPosition = position,
            Enabled = request.Enabled ?? true,
            Tags = request.Tags ?? [],
            LastModified = installation.Now,
        };
        record = MappingRules.Apply(record, request) with { BatchSize = request.BatchSize ?? (Destinations.IsQueue(source) ? 10 : 100) };
        MappingRules.CheckWhole(record);
        await installation.Store.Write(async tx =>
        {
            foreach (var other in await tx.List(Keys.Mappings(function.Account, function.Region), LambdaJson.Default.MappingRecord))
                if (other.EventSourceArn == source && other.Function.QualifiedArn == function.QualifiedArn)
                    throw Errors.Conflict($"The event source arn (\" {source} \") and function (\" {function.Name} \") provided mapping already exists. Please update or delete the existing mapping with UUID {other.Uuid}");
            tx.Put(Keys.Mapping(record), record, LambdaJson.Default.MappingRecord);
            if (after is not null) tx.Put(Keys.Checkpoint(record.Uuid), System.Text.Encoding.ASCII.GetBytes(after));
        });
        changed(record.Uuid, Keys.Mapping(record));
        return record.Answer("Creating");
    }

    public async ValueTask<MappingConfiguration> GetEventSourceMapping(MappingRequest request, Call call)
        => (await installation.Store.Read(snapshot => Find(snapshot, request.UUID, call))).Answer();

    public async ValueTask<MappingConfiguration> UpdateEventSourceMapping(UpdateMappingRequest request, Call call)
    {
        var before = await installation.Store.Read(snapshot => Find(snapshot, request.UUID, call));
        MappingRules.Check(request, before.EventSourceArn);
        var target = request.DestinationConfig?.OnFailure is { } failure ? failure.Target : request.FunctionName is null ? null : before.OnFailure;
        if (before.IsOfQueue)
        {
            if (request.FunctionName is { } other) await CheckQueue(FunctionRef.Parse(other, call), before.EventSourceArn);
        }
        else if (request.FunctionName is not null || target is not null) await Reachable(request.FunctionName is { } name ? FunctionRef.Parse(name, call) : before.Function, before.EventSourceArn, target);
        var after = await installation.Store.Write(async tx =>
        {
            var record = MappingRules.Apply(await Find(tx, request.UUID, call), request);
            record = record with
            {
                Function = request.FunctionName is { } other ? FunctionRef.Parse(other, call) : record.Function,
                Enabled = request.Enabled ?? record.Enabled,
                BatchSize = request.BatchSize ?? record.BatchSize,
                LastModified = installation.Now,
            };
            MappingRules.CheckWhole(record);
            tx.Put(Keys.Mapping(record), record, LambdaJson.Default.MappingRecord);
            if (record.Tumbling == 0) tx.Delete(Keys.Window(record.Uuid));
            return record;
        });
        changed(after.Uuid, Keys.Mapping(after));
        return after.Answer(before.Enabled == after.Enabled ? "Updating" : after.Enabled ? "Enabling" : "Disabling");
    }

    public async ValueTask<MappingConfiguration> DeleteEventSourceMapping(MappingRequest request, Call call)
    {
        var record = await installation.Store.Write(async tx =>
        {
            var found = await Find(tx, request.UUID, call);
            tx.Delete(Keys.Mapping(found));
            tx.Delete(Keys.Checkpoint(found.Uuid));
            tx.Delete(Keys.Window(found.Uuid));
            return found;
        });
        changed(record.Uuid, Keys.Mapping(record));
        return record.Answer("Deleting");
    }

    public async ValueTask<ListMappingsResponse> ListEventSourceMappings(ListMappingsRequest request, Call call)
    {
        var function = request.FunctionName is { } name ? FunctionRef.Parse(name, call) : null;
        var all = await installation.Store.Read(snapshot => snapshot.List(Keys.Mappings(call.Account, call.Region), LambdaJson.Default.MappingRecord));
        var found = all.FindAll(record =>
            (request.EventSourceArn is null || record.EventSourceArn == request.EventSourceArn)
            && (function is null || record.Function.Name == function.Name && (function.Qualifier is null || record.Function.Qualifier == function.Qualifier))
            && (request.Marker is null || string.CompareOrdinal(record.Uuid, request.Marker) > 0));
        var limit = Math.Clamp(request.MaxItems ?? 100, 1, 100);
        return new ListMappingsResponse([.. found.Take(limit).Select(record => record.Answer())], found.Count > limit ? found[limit - 1].Uuid : null);
    }

    private static async ValueTask<MappingRecord> Find(ISnapshot snapshot, string uuid, Call call)
        => await snapshot.Get(Keys.Mapping(call.Account, call.Region, uuid), LambdaJson.Default.MappingRecord) ?? throw Errors.NotFound("The resource you requested does not exist.");

    /// <summary>Function and stream are there, and the function's role may read the stream, and send to the queue that takes what fails.</summary>
    private async ValueTask<StreamHead> Reachable(FunctionRef function, string source, string? onFailure)
    {
        var role = await RoleOf(function);
        if (onFailure is not null && Destinations.IsQueue(onFailure) && !await ports.Messages.MaySend(role, onFailure)) throw Errors.MayNotSend();
        if (!await MayRead(ports.ActingRoles, role, source))
            throw Errors.InvalidParameter($"Cannot access stream {source}. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM.");
        return await ports.Streams.Describe(source) ?? throw Errors.InvalidParameter($"Stream not found: {source}");
    }

    /// <summary>The queue is there, the function's role may read it, and no message is shown again while a function still works on it.</summary>
    private async ValueTask CheckQueue(FunctionRef function, string source)
    {
        var record = await Meant(function);
        foreach (var action in QueueWorker.Needs)
            if (!await ports.ActingRoles.Allows(record.Role, action, source)) throw Errors.InvalidParameter($"The provided execution role does not have permissions to call {action["sqs:".Length..]} on SQS");
        if (await ports.Queues.Visibility(source) is not { } visibility)
            throw Errors.InvalidParameter("Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.");
        if (visibility < TimeSpan.FromSeconds(record.Timeout)) throw Errors.InvalidParameter($"Queue visibility timeout: {visibility.TotalSeconds} seconds is less than Function timeout: {record.Timeout} seconds");
    }

    private async ValueTask<string> RoleOf(FunctionRef function) => (await Meant(function)).Role;

    private async ValueTask<FunctionRecord> Meant(FunctionRef function)
    {
        try
        {
            return await installation.Store.Read(snapshot => Functions.Find(snapshot, function));
        }
        catch (AwsError)
        {
            throw Errors.InvalidParameter("Function does not exist");
        }
    }

    public static async ValueTask<bool> MayRead(IActAsRoles roles, string role, string source)
    {
        foreach (var action in (string[])["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"])
            if (!await roles.Allows(role, action, source))
                return false;
        return await roles.Allows(role, "dynamodb:ListStreams", "*") || await roles.Allows(role, "dynamodb:ListStreams", source);
    }
}

/// <summary>What a mapping's settings may be.</summary>
internal static class MappingRules
{
    public static void Check(MappingSettings settings, string? of = null)
    {
        Range(settings.BatchSize, "batchSize", 1, 10000);
        Range(settings.MaximumBatchingWindowInSeconds, "maximumBatchingWindowInSeconds", 0, 300);
        Range(settings.ParallelizationFactor, "parallelizationFactor", 1, 10);
        Range(settings.MaximumRecordAgeInSeconds, "maximumRecordAgeInSeconds", -1, 604800);
        Range(settings.MaximumRetryAttempts, "maximumRetryAttempts", -1, 10000);
        Range(settings.TumblingWindowInSeconds, "tumblingWindowInSeconds", 0, 900);
        if (settings.MaximumRecordAgeInSeconds is >= 0 and < 60) throw Errors.InvalidParameter("Maximum record age in seconds must be -1 or between 60 and 604800.");
        if (settings.FunctionResponseTypes is { } types && types.FirstOrDefault(type => type != "ReportBatchItemFailures") is not null)
            throw Errors.Constraint($"[{string.Join(", ", types)}]", "functionResponseTypes", "Member must satisfy constraint: [Member must satisfy enum value set: [ReportBatchItemFailures]]");
        if (settings.EventSourceArn is { } source && source.Split(':') is not ["arn", _, "dynamodb", _, _, _, ..] && !Destinations.IsQueue(source))
            throw Errors.InvalidParameter(source.Split(':') is ["arn", _, var service, ..] ? $"Galley does not support event sources of {service}: DynamoDB streams and queues of SQS are the sources here." : "Unrecognized event source.");
        if ((of ?? settings.EventSourceArn) is { } fed) CheckKind(settings, Destinations.IsQueue(fed));
        if (settings.DestinationConfig?.OnSuccess?.Target is not null) throw Errors.InvalidParameter("Unsupported DestinationConfig parameter for given event source mapping type.");
        if (settings.DestinationConfig?.OnFailure?.Target is { Length: > 0 } target && Destinations.BucketOf(target) is null && !Destinations.IsQueue(target))
            throw Errors.InvalidParameter(target.Split(':') is ["arn", _, "sns", ..] ? $"Galley does not support the destination {target}: buckets and queues are the failure destinations here." : $"Invalid destination ARN: {target}.");
        if (settings.FilterCriteria?.Filters is not { } filters) return;
        if (filters.Length > 5) throw Errors.Constraint($"{filters.Length}", "filterCriteria.filters", "Member must have length less than or equal to 5");
        foreach (var filter in filters)
            if (EventPattern.Parse(filter.Pattern) is null)
                throw Errors.InvalidParameter("Invalid filter pattern definition.");
    }

    /// <summary>What streams have and queues have not, and the other way round.</summary>
    private static void CheckKind(MappingSettings settings, bool queue)
    {
        if (queue && settings is CreateMappingRequest { StartingPosition: not null }) throw Errors.InvalidParameter("StartingPosition is not valid for SQS event sources.");
        foreach (var (name, given) in (ReadOnlySpan<(string, bool)>)
                 [("ParallelizationFactor", queue && settings.ParallelizationFactor is not null), ("DestinationConfig", queue && settings.DestinationConfig?.OnFailure?.Target is { Length: > 0 }), ("MaximumRecordAgeInSeconds", queue && settings.MaximumRecordAgeInSeconds is not null),
                  ("BisectBatchOnFunctionError", queue && settings.BisectBatchOnFunctionError is not null), ("MaximumRetryAttempts", queue && settings.MaximumRetryAttempts is not null), ("TumblingWindowInSeconds", queue && settings.TumblingWindowInSeconds is not null),
                  ("ScalingConfig", !queue && settings.ScalingConfig?.MaximumConcurrency is not null)])
            if (given) throw Errors.InvalidParameter($"Unsupported {name} parameter for given event source mapping type.");
        Range(settings.ScalingConfig?.MaximumConcurrency, "scalingConfig.maximumConcurrency", 2, 1000);
    }

    /// <summary>What only the whole mapping tells.</summary>
    public static void CheckWhole(MappingRecord record)
    {
        if (record is { IsOfQueue: true, BatchSize: > 10, Window: 0 }) throw Errors.InvalidParameter("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10");
    }

    public static MappingRecord Apply(MappingRecord record, MappingSettings settings)
    {
        var changed = Changed(record, settings);
        // A window's state is one for the whole shard.
        if (changed is { Tumbling: > 0, Parallel: > 1 }) throw Errors.InvalidParameter("Galley does not support ParallelizationFactor together with TumblingWindowInSeconds.");
        return changed;
    }

    private static MappingRecord Changed(MappingRecord record, MappingSettings settings) => record with
    {
        Window = settings.MaximumBatchingWindowInSeconds ?? record.Window,
        Parallel = settings.ParallelizationFactor ?? record.Parallel,
        Tumbling = settings.TumblingWindowInSeconds ?? record.Tumbling,
        MaxAge = settings.MaximumRecordAgeInSeconds ?? record.MaxAge,
        Bisect = settings.BisectBatchOnFunctionError ?? record.Bisect,
        MaxRetries = settings.MaximumRetryAttempts ?? record.MaxRetries,
        ResponseTypes = settings.FunctionResponseTypes ?? record.ResponseTypes,
        MaximumConcurrency = settings.ScalingConfig is { } scaling ? scaling.MaximumConcurrency : record.MaximumConcurrency,
        OnFailure = settings.DestinationConfig?.OnFailure is { } failure ? failure.Target : record.OnFailure,
        Filters = settings.FilterCriteria is { } criteria ? [.. (criteria.Filters ?? []).Select(filter => filter.Pattern ?? "{}")] : record.Filters,
    };

    private static void Range(int? value, string name, int least, int most)
    {
        if (value < least) throw Errors.Constraint($"{value}", name, $"Member must have value greater than or equal to {least}");
        if (value > most) throw Errors.Constraint($"{value}", name, $"Member must have value less than or equal to {most}");
    }
}
