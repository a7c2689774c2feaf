using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>ValidationException, with what operations ask of one before they pass it on.</summary>
internal sealed class ValidationError(string message) : AwsError("ValidationException", message)
{
    /// <summary>What BatchWriteItem and Scan say instead (<see cref="ValueProblem"/>); null for the same.</summary>
    public string? OlderWords { get; init; }

    /// <summary>A transaction sees it before it begins: told by itself, not as a reason of its cancellation.</summary>
    public bool IsUpFront { get; init; }

    /// <summary>PutItem, UpdateItem and DeleteItem pass it on as it is, where they tell others as broken constraints (`1 validation error detected: …`).</summary>
    public bool StandsAlone { get; init; }

    /// <summary>How deep the value was nested that was nested too deep; otherwise 0.</summary>
    public int Levels { get; init; }
}
