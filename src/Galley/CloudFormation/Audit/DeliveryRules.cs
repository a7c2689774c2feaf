using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Galley.CloudFormation.Audit;

/// <summary>CloudFront and the API.</summary>
internal static partial class DeliveryRules
{
    public static IEnumerable<Finding> Check(AuditedTemplate template) => [.. Distributions(template), .. Apis(template), .. Routes(template)];

    private static IEnumerable<Finding> Distributions(AuditedTemplate template)
    {
        foreach (var (id, distribution) in template.Of("AWS::CloudFront::Distribution"))
        {
            var config = distribution["DistributionConfig"];
            foreach (var behavior in config.At("DefaultCacheBehavior").Objects().Concat(config.At("CacheBehaviors").Objects()))
            {
                if (behavior["ViewerProtocolPolicy"].Is("allow-all")) yield return new(Rules.PlainViewer, id, "ViewerProtocolPolicy: allow-all");
                if (behavior["ResponseHeadersPolicyId"] is null) yield return new(Rules.NoHeaders, id, $"no ResponseHeadersPolicyId for {behavior["PathPattern"].Text() ?? "the default behavior"}");
            }

            if (config.At("ViewerCertificate", "MinimumProtocolVersion").Text() is { } tls && !tls.StartsWith("TLSv1.2", StringComparison.Ordinal) && !tls.StartsWith("TLSv1.3", StringComparison.Ordinal)) yield return new(Rules.OldTls, id, $"MinimumProtocolVersion: {tls}");
            foreach (var origin in config.At("Origins").Objects())
            {
                if (origin["S3OriginConfig"] is not null && origin["OriginAccessControlId"] is null && string.IsNullOrEmpty(origin.At("S3OriginConfig", "OriginAccessIdentity") is JsonObject ? "set" : origin.At("S3OriginConfig", "OriginAccessIdentity").Text()))
                    yield return new(Rules.NoAccessControl, id, $"origin {origin["Id"].Text()}");
                if (origin.At("CustomOriginConfig", "OriginProtocolPolicy").Is("http-only")) yield return new(Rules.PlainOrigin, id, $"origin {origin["Id"].Text()}: http-only");
            }
        }
    }

    private static IEnumerable<Finding> Apis(AuditedTemplate template)
    {
        foreach (var (id, api) in template.Of("AWS::ApiGatewayV2::Api"))
        {
            var cors = api["CorsConfiguration"] ?? api.At("Body", "x-amazon-apigateway-cors");
            if ((cors.At("AllowOrigins") ?? cors.At("allowOrigins")).Texts().Contains("*")) yield return new(Rules.WildcardCors, id, "AllowOrigins: *");
            foreach (var (path, operations) in api.At("Body", "paths") as JsonObject ?? [])
                foreach (var (method, operation) in operations as JsonObject ?? [])
                {
                    if (method is "options" or "parameters" || operation is not JsonObject) continue;
                    if (IsOpen(operation)) yield return new(Rules.NoAuthorizer, id, $"{method.ToUpperInvariant()} {path}");
                    if (HasSecret(path)) yield return new(Rules.TokenInPath, id, $"{method.ToUpperInvariant()} {path}");
                }

            foreach (var (name, scheme) in api.At("Body", "components", "securitySchemes") as JsonObject ?? [])
                if (scheme.At("x-amazon-apigateway-authorizer", "jwtConfiguration") is { } jwt && !jwt.At("audience").Items().Any())
                    yield return new(Rules.NoAudience, id, $"authorizer {name}");
        }

        foreach (var (id, stage) in template.Of("AWS::ApiGatewayV2::Stage"))
            if (stage.At("DefaultRouteSettings", "ThrottlingRateLimit") is null)
                yield return new(Rules.NoThrottle, id, "no DefaultRouteSettings.ThrottlingRateLimit");
        foreach (var (id, authorizer) in template.Of("AWS::ApiGatewayV2::Authorizer"))
            if (authorizer["AuthorizerType"].Is("JWT") && !authorizer.At("JwtConfiguration", "Audience").Items().Any())
                yield return new(Rules.NoAudience, id, "JwtConfiguration.Audience is empty");
    }

    private static IEnumerable<Finding> Routes(AuditedTemplate template)
    {
        foreach (var (id, route) in template.Of("AWS::ApiGatewayV2::Route"))
        {
            var key = route["RouteKey"].Text() ?? "";
            if (route["AuthorizationType"].Text() is null or "NONE" && route["AuthorizationType"] is not JsonObject && !key.StartsWith("OPTIONS ", StringComparison.Ordinal) && !key.StartsWith('$')) yield return new(Rules.NoAuthorizer, id, key);
            if (HasSecret(key)) yield return new(Rules.TokenInPath, id, key);
        }
    }

    /// <summary>No security at all, or SAM's NONE.</summary>
    private static bool IsOpen(JsonNode operation) => operation["security"] is not JsonArray { Count: > 0 } schemes || schemes.OfType<JsonObject>().All(scheme => scheme.ContainsKey("NONE"));

    private static bool HasSecret(string path) => Secret().IsMatch(path);

    [GeneratedRegex(@"\{(?:[a-z_]*(?:token|code|password|secret|jwt|apikey|session)[a-z_]*)\+?\}", RegexOptions.IgnoreCase)]
    private static partial Regex Secret();
}
