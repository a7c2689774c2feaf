using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Galley.Wire;

namespace Galley.Cognito.Resources;

/// <summary>A template's properties as the request of the operation that does the same; a property that the operation lacks is refused by name.</summary>
internal static class Properties
{
    public static T Read<T>(this ResourceRequest request, string type, JsonTypeInfo<T> contract, Action<JsonObject>? change = null)
    {
        var properties = (JsonObject)request.Properties.DeepClone();
        change?.Invoke(properties);
        try
        {
            return ScalarText.Fit(properties, contract).Deserialize(contract)!;
        }
        catch (JsonException e)
        {
            var name = e.Message.Split('\'') is [_, var quoted, ..] ? quoted : e.Path;
            throw new AwsError("InvalidRequest", e.Message.Contains("could not be mapped", StringComparison.Ordinal)
                ? $"Encountered unsupported property {name} for {type}"
                : e.Message.Contains("missing required", StringComparison.Ordinal)
                    ? $"Properties validation failed for resource {request.LogicalId}: a required property is missing ({e.Message[(e.Message.IndexOf("including:", StringComparison.Ordinal) + 10)..].Trim(' ', '.')})"
                    : $"Properties validation failed for resource {request.LogicalId}: the value at {e.Path} cannot be read");
        }
    }

    public static string Pool(this ResourceRequest request) => (string?)(request.Properties["UserPoolId"] ?? request.OldProperties["UserPoolId"]) ?? "";

    public static void Rename(this JsonObject properties, string from, string to)
    {
        if (properties.Remove(from, out var value)) properties[to] = value;
    }

    /// <summary>Runs a deletion for which it is no error that the thing, or its pool, is gone.</summary>
    public static async ValueTask Gone(Func<ValueTask<Empty>> delete)
    {
        try
        {
            await delete();
        }
        catch (AwsError e) when (e.Code is "ResourceNotFoundException" or "UserNotFoundException" || e.Message == "No such domain or user pool exists.")
        {
            // gone already
        }
    }
}
