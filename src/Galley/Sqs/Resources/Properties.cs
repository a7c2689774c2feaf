using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Galley.Sqs;

/// <summary>A template's properties by their contract; one that it lacks is refused by name.</summary>
internal static class Properties
{
    public static T Read<T>(ResourceRequest request, string type, JsonTypeInfo<T> contract)
    {
        try
        {
            return request.Properties.Deserialize(contract)!;
        }
        catch (JsonException e)
        {
            throw Errors.InvalidValue($"The properties of {request.LogicalId} are not those of {type} that Galley supports: {e.Message}");
        }
    }
}
