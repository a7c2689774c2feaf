using System.Text.Json.Nodes;

namespace Galley.ApiGateway.OpenApi;

/// <summary>What the `servers` of a definition say: whether the default endpoint is open, and the base path that its paths stand under.</summary>
internal static class Servers
{
    private const string EndpointKey = "x-amazon-apigateway-endpoint-configuration";

    public static bool? Disabled(JsonArray? servers)
    {
        foreach (var server in (servers ?? []).OfType<JsonObject>())
            if (server[EndpointKey] is JsonObject endpoint)
            {
                foreach (var (name, _) in endpoint)
                    if (name != "disableExecuteApiEndpoint")
                        throw Errors.Unsupported($"{name} in {EndpointKey}");
                return bool.Parse(Document.Text(endpoint, "disableExecuteApiEndpoint") ?? "false");
            }

        return null;
    }

    /// <summary>What goes before each path: nothing (`ignore`), the base path (`prepend`), or what follows its first segment (`split`).</summary>
    public static string Prefix(JsonArray? servers, string? basepath)
    {
        if (basepath is not (null or "" or "ignore" or "prepend" or "split")) throw Errors.BadRequest($"Invalid basepath {basepath}. Must be one of [ignore, prepend, split]");
        if (basepath is null or "" or "ignore" || servers?.OfType<JsonObject>().FirstOrDefault() is not { } server) return "";
        var url = Document.Text(server, "url") ?? "";
        foreach (var (name, variable) in server["variables"] as JsonObject ?? []) url = url.Replace($"{{{name}}}", Document.Text(variable as JsonObject, "default") ?? "", StringComparison.Ordinal);
        var host = url.IndexOf("://", StringComparison.Ordinal);
        var slash = url.IndexOf('/', host < 0 ? 0 : host + 3);
        var path = slash < 0 ? "" : "/" + url[slash..].Trim('/');
        if (path == "/") return "";
        return basepath == "prepend" || path.Length == 0 ? path : path.IndexOf('/', 1) is > 0 and var second ? path[second..] : "";
    }
}
