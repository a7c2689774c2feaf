using Galley.Wire;

namespace Galley.Lambda.Sources;

/// <summary>A mapping as the store keeps it; how far it has read is kept apart.</summary>
internal sealed record MappingRecord
{
    public required string Uuid { get; init; }

    public required FunctionRef Function { get; init; }

    public required string EventSourceArn { get; init; }

    /// <summary>Null for a queue.</summary>
    public string? StartingPosition { get; init; }

    /// <summary>Batches of a queue that run at once; null for as many as Galley likes.</summary>
    public int? MaximumConcurrency { get; init; }

    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsOfQueue => Destinations.IsQueue(EventSourceArn);

    public int BatchSize { get; init; } = 100;

    public int Window { get; init; }

    public int Parallel { get; init; } = 1;

    /// <summary>Seconds of a tumbling window; 0 for none.</summary>
    public int Tumbling { get; init; }

    public int MaxAge { get; init; } = -1;

    public int MaxRetries { get; init; } = -1;

    public bool Bisect { get; init; }

    public string[] ResponseTypes { get; init; } = [];

    public string[] Filters { get; init; } = [];

    public Dictionary<string, string> Tags { get; init; } = [];

    /// <summary>ARN of the bucket that takes records of what was dropped.</summary>
    public string? OnFailure { get; init; }

    public bool Enabled { get; init; }

    public string LastResult { get; init; } = "No records processed";

    public required DateTimeOffset LastModified { get; init; }

    public MappingConfiguration Answer(string? state = null) => new()
    {
        UUID = Uuid,
        StartingPosition = StartingPosition,
        BatchSize = BatchSize,
        MaximumBatchingWindowInSeconds = Window,
        ParallelizationFactor = IsOfQueue ? null : Parallel,
        EventSourceArn = EventSourceArn,
        EventSourceMappingArn = new Arn("lambda", Function.Region, Function.Account, "event-source-mapping:" + Uuid).ToString(),
        FunctionArn = Function.QualifiedArn,
        LastModified = LastModified.ToUnixTimeMilliseconds() / 1000m,
        LastProcessingResult = IsOfQueue ? null : LastResult,
        State = state ?? (Enabled ? "Enabled" : "Disabled"),
        StateTransitionReason = IsOfQueue ? "USER_INITIATED" : "User action",
        MaximumRecordAgeInSeconds = IsOfQueue ? null : MaxAge,
        BisectBatchOnFunctionError = IsOfQueue ? null : Bisect,
        MaximumRetryAttempts = IsOfQueue ? null : MaxRetries,
        TumblingWindowInSeconds = IsOfQueue ? null : Tumbling,
        ScalingConfig = MaximumConcurrency is null ? null : new ScalingConfig(MaximumConcurrency),
        FunctionResponseTypes = ResponseTypes,
        DestinationConfig = IsOfQueue ? null : new DestinationConfig { OnFailure = new Destination { Target = string.IsNullOrEmpty(OnFailure) ? null : OnFailure } },
        FilterCriteria = Filters.Length == 0 ? null : new FilterCriteria { Filters = [.. Filters.Select(pattern => new Filter { Pattern = pattern })] },
    };
}

internal sealed record ScalingConfig(int? MaximumConcurrency);

internal sealed record FilterCriteria
{
    public Filter[]? Filters { get; init; }
}

internal sealed record Filter
{
    public string? Pattern { get; init; }
}

/// <summary>What CreateEventSourceMapping and UpdateEventSourceMapping have in common.</summary>
internal abstract record MappingSettings
{
    public string? EventSourceArn { get; init; }

    public bool? Enabled { get; init; }

    public int? BatchSize { get; init; }

    public FilterCriteria? FilterCriteria { get; init; }

    public int? MaximumBatchingWindowInSeconds { get; init; }

    public int? ParallelizationFactor { get; init; }

    public DestinationConfig? DestinationConfig { get; init; }

    public int? MaximumRecordAgeInSeconds { get; init; }

    public bool? BisectBatchOnFunctionError { get; init; }

    public int? MaximumRetryAttempts { get; init; }

    public int? TumblingWindowInSeconds { get; init; }

    public string[]? FunctionResponseTypes { get; init; }

    public ScalingConfig? ScalingConfig { get; init; }
}

internal sealed record CreateMappingRequest : MappingSettings
{
    public required string FunctionName { get; init; }

    public string? StartingPosition { get; init; }

    public double? StartingPositionTimestamp { get; init; }

    public Dictionary<string, string>? Tags { get; init; }
}

internal sealed record UpdateMappingRequest : MappingSettings
{
    public required string UUID { get; init; }

    public string? FunctionName { get; init; }
}

internal sealed record MappingRequest
{
    public required string UUID { get; init; }
}

internal sealed record ListMappingsRequest(string? EventSourceArn, string? FunctionName, string? Marker, int? MaxItems);

internal sealed record MappingConfiguration
{
    public required string UUID { get; init; }

    public string? StartingPosition { get; init; }

    public required int BatchSize { get; init; }

    public required int MaximumBatchingWindowInSeconds { get; init; }

    public int? ParallelizationFactor { get; init; }

    public required string EventSourceArn { get; init; }

    public required string EventSourceMappingArn { get; init; }

    public FilterCriteria? FilterCriteria { get; init; }

    public required string FunctionArn { get; init; }

    /// <summary>Epoch seconds.</summary>
    public required decimal LastModified { get; init; }

    public string? LastProcessingResult { get; init; }

    public required string State { get; init; }

    public required string StateTransitionReason { get; init; }

    public DestinationConfig? DestinationConfig { get; init; }

    public ScalingConfig? ScalingConfig { get; init; }

    public int? MaximumRecordAgeInSeconds { get; init; }

    public bool? BisectBatchOnFunctionError { get; init; }

    public int? MaximumRetryAttempts { get; init; }

    public int? TumblingWindowInSeconds { get; init; }

    public required string[] FunctionResponseTypes { get; init; }
}

internal sealed record ListMappingsResponse(MappingConfiguration[] EventSourceMappings, string? NextMarker);
