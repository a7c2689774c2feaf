using System.Text.Json.Nodes;
using Galley.CloudFront.Serve;

namespace Galley.CloudFront.Code;

/// <summary>The `origin` of a Lambda@Edge event, and the origin that a function puts in its place.</summary>
internal static class LambdaOrigins
{
    public static JsonObject Of(Origin origin)
    {
        var headers = new JsonObject();
        foreach (var group in origin.CustomHeaders.GroupBy(header => header.Key.ToLowerInvariant()))
            headers[group.Key] = new JsonArray([.. group.Select(header => new JsonObject { ["key"] = header.Key, ["value"] = header.Value })]);
        if (origin.Bucket is not null)
            return new JsonObject
            {
                ["s3"] = new JsonObject
                {
                    ["authMethod"] = origin.Identity is null ? "none" : "origin-access-identity",
                    ["customHeaders"] = headers,
                    ["domainName"] = origin.Domain,
                    ["path"] = origin.Path,
                    ["region"] = "",
                },
            };
        return new JsonObject
        {
            ["custom"] = new JsonObject
            {
                ["customHeaders"] = headers,
                ["domainName"] = origin.Domain,
                ["keepaliveTimeout"] = 5,
                ["path"] = origin.Path,
                ["port"] = origin.Protocol == "https-only" ? origin.HttpsPort : origin.HttpPort,
                ["protocol"] = origin.Protocol == "https-only" ? "https" : "http",
                ["readTimeout"] = (int)origin.ReadTimeout.TotalSeconds,
                ["sslProtocols"] = new JsonArray("TLSv1", "TLSv1.1", "TLSv1.2"),
            },
        };
    }

    /// <summary>Rights do not go beyond those of the behaviour's own origin: a bucket of another name is read as nobody.</summary>
    public static Origin Read(JsonObject chosen, Origin own)
    {
        if ((chosen["s3"] ?? chosen["custom"]) is not JsonObject given || given["domainName"]?.ToString() is not { Length: > 0 } domain) throw new CodeFault(502, "LambdaValidationError from cloudfront", "The Lambda function result failed validation: The origin is not valid.", "the origin is not valid");
        List<KeyValuePair<string, string>> headers = [.. (given["customHeaders"] as JsonObject ?? []).SelectMany(header => (header.Value as JsonArray ?? []).Select(value => KeyValuePair.Create(value?["key"]?.ToString() ?? header.Key, value?["value"]?.ToString() ?? "")))];
        var path = given["path"]?.ToString() ?? "";
        if (chosen["s3"] is not null)
        {
            var bucket = S3Names.BucketOf(domain);
            var same = bucket == own.Bucket;
            return own with
            {
                Domain = domain,
                Path = path,
                CustomHeaders = headers,
                Bucket = bucket,
                Identity = same && given["authMethod"]?.ToString() != "none" ? own.Identity : null,
                SigningArn = same ? own.SigningArn : null,
            };
        }

        var port = (int?)given["port"] ?? 80;
        return new Origin(domain, path, headers, own.Attempts, own.ConnectTimeout)
        {
            Protocol = given["protocol"]?.ToString() == "https" ? "https-only" : "http-only",
            HttpPort = port,
            HttpsPort = port,
            ReadTimeout = TimeSpan.FromSeconds((int?)given["readTimeout"] ?? 30),
        };
    }
}
