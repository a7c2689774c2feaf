using System.Globalization;
using System.Text.Json;

namespace Galley.ApiGateway.Invoke;

/// <summary>
/// `$context.x` for access logs, parameter mapping and identity sources; null for what is absent.
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
/// </summary>
internal static class ContextVariables
{
    private const string Claims = "authorizer.claims.", Authorizer = "authorizer.";

    public static string? Of(string name, Exchange exchange) => name switch
    {
        "accountId" => exchange.Api.Keys.Account,
        "apiId" => exchange.Api.Api.ApiId,
        "authorizer.error" => exchange.AuthorizerError,
        "authorizer.principalId" => exchange.Answer?.PrincipalId,
        "awsEndpointRequestId" or "integration.requestId" => exchange.IntegrationRequestId ?? Answered("x-amz-request-id", exchange) ?? Answered("x-amzn-requestid", exchange),
        "awsEndpointRequestId2" => Answered("x-amz-id-2", exchange),
        "customDomain.basePathMatched" => exchange.MappingKey,
        "dataProcessed" => Text(exchange.Received + exchange.ResponseLength),
        "domainName" => exchange.DomainName,
        "domainPrefix" => exchange.DomainPrefix,
        "error.message" => exchange.Error,
        "error.messageString" => exchange.Error is null ? null : $"\"{exchange.Error}\"",
        "error.responseType" => exchange.ErrorType,
        "extendedRequestId" or "requestId" => exchange.RequestId,
        "httpMethod" => exchange.Request.Method,
        "identity.sourceIp" => exchange.SourceIp,
        "identity.userAgent" => exchange.UserAgent,
        "identity.accountId" => exchange.Caller is null ? null : exchange.Api.Keys.Account,
        "identity.accessKey" => exchange.Caller?.AccessKeyId,
        "identity.caller" or "identity.user" => exchange.Caller?.UserId,
        "identity.userArn" => exchange.Caller?.Arn,
        "identity.cognitoAuthenticationProvider" => PoolIdentity.Of(exchange.Caller)?.Provider,
        "identity.cognitoAuthenticationType" => PoolIdentity.Of(exchange.Caller)?.Type,
        "identity.cognitoIdentityId" => PoolIdentity.Of(exchange.Caller)?.IdentityId,
        "identity.cognitoIdentityPoolId" => PoolIdentity.Of(exchange.Caller)?.PoolId,
        "integration.error" or "integrationErrorMessage" => exchange.IntegrationError,
        // what a function says its status is, and what Lambda's own was, which is 200 for every function that ran
        "integration.status" => Text(exchange.FunctionStatus ?? exchange.IntegrationStatus),
        "integrationStatus" or "integration.integrationStatus" => Text(exchange.IntegrationStatus),
        "integration.latency" or "integrationLatency" => exchange.IntegrationLatency is { } latency ? Text((long)latency.TotalMilliseconds) : null,
        "path" => exchange.Path,
        "protocol" => exchange.Request.Protocol,
        "requestTime" => exchange.RequestTime,
        "requestTimeEpoch" => Text(exchange.Started.ToUnixTimeMilliseconds()),
        "responseLatency" => Text((long)exchange.Took.TotalMilliseconds),
        "responseLength" => Text(exchange.ResponseLength),
        "routeKey" => exchange.RouteKey,
        "stage" => exchange.StageName,
        "status" => Text(exchange.Http.Response.StatusCode),
        _ when name.StartsWith(Claims, StringComparison.Ordinal) => exchange.Token?.Claims.FirstOrDefault(claim => claim.Key == name[Claims.Length..]).Value,
        _ when name.StartsWith(Authorizer, StringComparison.Ordinal) => Said(name[Authorizer.Length..], exchange),
        _ => null,
    };

    /// <summary>A member of what an authorizer function said.</summary>
    private static string? Said(string name, Exchange exchange)
        => exchange.Answer?.Context is { } context && context.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText()
            : null;

    /// <summary>A header of the answer, which an integration that is a service of AWS's gave.</summary>
    private static string? Answered(string header, Exchange exchange) => exchange.Http.Response.Headers.TryGetValue(header, out var value) ? value.ToString() : null;

    private static string? Text(long? number) => number?.ToString(CultureInfo.InvariantCulture);
}
