using System.Text.Json;

namespace Galley.ApiGateway.Invoke;

/// <summary>The event for an authorizer function: the request as an integration would see it, without body, and what it is to be judged for.</summary>
internal static class AuthorizerEvent
{
    public static ReadOnlyMemory<byte> Write(Exchange exchange, string[] identity) => ProxyEvent.Object(json =>
    {
        json.WriteString("version"u8, "2.0"u8);
        json.WriteString("type"u8, "REQUEST"u8);
        json.WriteString("routeArn"u8, exchange.RouteArn);
        if (identity.Length == 0) json.WriteNull("identitySource"u8);
        else
        {
            json.WriteStartArray("identitySource"u8);
            foreach (var value in identity) json.WriteStringValue(value);
            json.WriteEndArray();
        }

        ProxyEvent.Request(json, exchange, exchange.Trace);
        ProxyEvent.Map(json, "pathParameters", exchange.PathParameters);
        ProxyEvent.Map(json, "stageVariables", exchange.Stage!.Stage.StageVariables);
    });

    public static ReadOnlyMemory<byte> WriteV1(Exchange exchange, string[] identity) => ProxyEvent.Object(json =>
    {
        json.WriteString("version"u8, "1.0"u8);
        json.WriteString("type"u8, "REQUEST"u8);
        json.WriteString("methodArn"u8, exchange.RouteArn);
        if (identity.Length == 0)
        {
            json.WriteNull("identitySource"u8);
            json.WriteNull("authorizationToken"u8);
        }
        else
        {
            json.WriteString("identitySource"u8, string.Join(',', identity));
            json.WriteString("authorizationToken"u8, string.Join(',', identity));
        }

        ProxyEventV1.Request(json, exchange, exchange.Trace);
        ProxyEventV1.Variables(json, exchange);
    });
}
