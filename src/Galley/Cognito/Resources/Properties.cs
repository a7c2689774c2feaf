using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley.Cognito.Resources;

/// <summary>What the pool's resources have in common.</summary>
internal static class Properties
{
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
