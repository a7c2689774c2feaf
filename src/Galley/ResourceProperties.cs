using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Galley.Wire;

namespace Galley;

/// <summary>A template's properties by the contract of their resource, or of the operation that does the same.</summary>
internal static class ResourceProperties
{
    /// <exception cref="AwsError">A property that the contract lacks, by its name; one that is required and absent; a value of another type.</exception>
    public static T Read<T>(this ResourceRequest request, JsonTypeInfo<T> contract, Action<JsonObject>? change = null)
    {
        var properties = (JsonObject)request.Properties.DeepClone();
        change?.Invoke(properties);
        try
        {
            return ScalarText.Fit(properties, contract).Deserialize(contract)!;
        }
        catch (JsonException e)
        {
            throw new AwsError("InvalidRequest", JsonProblem.UnknownMember(e.Message) is { } unknown
                ? $"Encountered unsupported property {JsonProblem.Place(e.Path, unknown)} for {request.Type}"
                : $"Properties validation failed for resource {request.LogicalId} with message:\n" + (JsonProblem.MissingMembers(e.Message) is { } missing
                    ? $"{Pointer(e.Path)}: required key [{missing}] not found"
                    : $"{Pointer(e.Path)}: the value is not of the type that {request.Type} has here"));
        }
    }

    /// <summary>`#/Tags/0/Key` for `$.Tags[0].Key`.</summary>
    private static string Pointer(string? path) => "#" + (path ?? "").TrimStart('$').Replace('.', '/').Replace("[", "/", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal);
}
