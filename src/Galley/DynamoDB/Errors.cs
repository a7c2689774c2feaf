using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>DynamoDB's errors with AWS's texts.</summary>
internal static class Errors
{
    private const string InvalidValues = "One or more parameter values were invalid: ", NotValidValues = "One or more parameter values are not valid. ";

    public static AwsError Validation(string message) => new ValidationError(message);

    public static AwsError InvalidParameterValues(string problem) => Validation(InvalidValues + problem);

    /// <summary>This one error says `Message` with a capital.</summary>
    public static AwsError Serialization(string message) => new AwsError("SerializationException", message).With("Message", message);

    public static AwsError Required(string parameter) => Validation($"The parameter '{parameter}' is required but was not present in the request");

    public static AwsError Constraints(IReadOnlyList<string> problems)
        => new ValidationError($"{problems.Count} validation error{(problems.Count == 1 ? "" : "s")} detected: {string.Join("; ", problems)}") { StandsAlone = true };

    /// <summary>PutItem, UpdateItem and DeleteItem tell every problem of the request itself like a broken constraint.</summary>
    public static AwsError Enveloped(AwsError error) => Constraints([error.Message]);

    public static AwsError Unsupported(string what) => Validation($"Galley does not support {what}.");

    // Tables
    public static AwsError ResourceNotFound() => new("ResourceNotFoundException", "Requested resource not found");

    public static AwsError TableNotFound(string name) => new("ResourceNotFoundException", $"Requested resource not found: Table: {name} not found");

    public static AwsError ResourceNotFound(string arn) => new("ResourceNotFoundException", $"Requested resource not found: ResourceArn: {arn} not found");

    public static AwsError TableExists(string name) => new("ResourceInUseException", $"Table already exists: {name}");

    public static AwsError TableBeingCreated(string name) => InUse($"Table is being created: {name}");

    public static AwsError InUse(string why) => new("ResourceInUseException", $"Attempt to change a resource which is still in use: {why}");

    public static AwsError DeletionProtected()
        => Validation("Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.");

    public static AwsError ThroughputExceeded(IndexDocument? index) => new("ProvisionedThroughputExceededException", index is null
        ? "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API."
        : "The level of configured provisioned throughput for one or more global secondary indexes of the table was exceeded. Consider increasing your provisioning level for the under-provisioned global secondary indexes with the UpdateTable API");

    // Values
    public static AwsError EmptyAttributeValue() => Validation("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");

    public static AwsError TwoDatatypes()
        => Validation("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes");

    public static AwsError EmptyName() => Validation("Empty attribute name");

    public static AwsError NameTooLong() => Validation("Attribute name is too large, must be less than 65536 bytes");

    public static AwsError NestedTooDeep(int levels)
        => new ValidationError("Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit") { Levels = levels };

    public static AwsError UpdatedTooDeep() => Validation("Nesting Levels have exceeded supported limits");

    public static AwsError NotANumber(string text)
    {
        const string problem = "The parameter cannot be converted to a numeric value";
        return new ValidationError($"{problem}: {text}") { OlderWords = text.Length == 0 ? problem : null };
    }

    public static AwsError DuplicateMembers(string current, string older)
        => new ValidationError($"{InvalidValues}Input collection {current} duplicates.") { OlderWords = $"{InvalidValues}Input collection {older} duplicates." };

    public static AwsError DuplicateNumbers()
        => new ValidationError(InvalidValues + "Input collection contains duplicates.") { OlderWords = "Input collection contains duplicates" };

    private static AwsError UpFront(string message) => new ValidationError(message) { IsUpFront = true };

    public static AwsError InOlderWords(AwsError error, string older) => new ValidationError(error.Message) { OlderWords = older };

    public static AwsError TooManyDigits() => Validation("Attempting to store more than 38 significant digits in a Number");

    public static AwsError NumberOverflow() => Validation("Number overflow. Attempting to store a number with magnitude larger than supported range");

    public static AwsError NumberUnderflow() => Validation("Number underflow. Attempting to store a number with magnitude smaller than supported range");

    // Keys and items
    public static AwsError KeyMismatch() => Validation("The provided key element does not match the schema");

    public static AwsError MissingKey(string name) => InvalidParameterValues($"Missing the key {name} in the item");

    public static AwsError KeyTypeMismatch(string name, AttributeType expected, AttributeType actual)
        => InvalidParameterValues($"Type mismatch for key {name} expected: {expected} actual: {actual}");

    public static AwsError IndexKeyTypeMismatch(string name, AttributeType expected, AttributeType actual, string index)
        => InvalidParameterValues($"Type mismatch for Index Key {name} Expected: {expected} Actual: {actual} IndexName: {index}");

    public static AwsError EmptyKey(string name, AttributeType type)
        => UpFront($"{NotValidValues}The AttributeValue for a key attribute cannot contain an empty {(type == AttributeType.B ? "binary" : "string")} value. Key: {name}");

    public static AwsError EmptyIndexKeyUpdate(AttributeType type)
        => UpFront($"{NotValidValues}The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty {(type == AttributeType.B ? "binary" : "string")} value.");

    public static AwsError EmptyIndexKey(string name, AttributeType type, string index)
        => UpFront($"{NotValidValues}A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty {(type == AttributeType.B ? "binary" : "string")} value. IndexName: {index}, IndexKey: {name}");

    public static AwsError HashKeyTooLong() => InvalidParameterValues("Size of hashkey has exceeded the maximum size limit of2048 bytes");

    public static AwsError RangeKeyTooLong() => InvalidParameterValues("Aggregated size of all range keys has exceeded the size limit of 1024 bytes");

    public static AwsError ItemTooLarge() => new ValidationError("Item size has exceeded the maximum allowed size") { IsUpFront = true, StandsAlone = true };

    public static AwsError UpdatedItemTooLarge() => Validation("Item size to update has exceeded the maximum allowed size");

    /// <summary>What the caller has no right to, whatever its policies say: ARNs of other services and accounts.</summary>
    public static AwsError NotAuthorized(Call call, string operation, string resource)
    {
        var message = $"User: {call.Principal.Arn} is not authorized to perform: dynamodb:{operation} on resource: {resource}";
        return new AwsError("AccessDeniedException", message).With("Message", message);
    }

    public static AwsError KeyUpdate(string name) => InvalidParameterValues($"Cannot update attribute {name}. This attribute is part of the key");

    /// <summary>With the item it says `Message` with a capital.</summary>
    public static AwsError ConditionalCheckFailed(Item? item)
    {
        var error = new AwsError("ConditionalCheckFailedException", "The conditional request failed")
            .Because("condition", "the condition of the request was false for the item as it stood, or for there being none", "ReturnValuesOnConditionCheckFailure=ALL_OLD gives the item as it stood");
        return item is null ? error : error.With("Item", item.Json).With("Message", error.Message);
    }

    public static AwsError IndexMissing(string name) => Validation($"The table does not have the specified index: {name}");

    /// <param name="problem">Null when its attributes are not those of the keys.</param>
    public static AwsError InvalidStartKey(string? problem = null) => Validation("The provided starting key is invalid" + (problem is null ? "" : ": " + problem));

    public static AwsError KeyNotScalar(string kind, string name)
        => Validation($"Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: {kind}: {name}");

    // Expressions
    public static AwsError Expression(string kind, string problem) => Validation($"Invalid {kind}: {problem}");

    /// <param name="problem">What the parser says.</param>
    public static AwsError Malformed(string problem) => Validation($"Statement wasn't well formed, can't be processed: {problem}");

    public static AwsError DuplicateItem() => new("DuplicateItemException", "Duplicate primary key exists in table");

    // Transactions
    public static AwsError IdempotentParameterMismatch()
        => new("IdempotentParameterMismatchException", "The request uses the same client token as a previous, but non-identical request. Do not reuse a client token with different requests, unless the requests are identical");
}
