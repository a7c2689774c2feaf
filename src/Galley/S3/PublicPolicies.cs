using System.Net;
using System.Text.Json;

namespace Galley.S3;

/// <summary>
/// Whether a bucket policy is public as Block Public Access means it: an Allow for everybody that no fixed value of a narrowing
/// condition key holds down (S3 user guide, "the meaning of public").
/// </summary>
internal static class PublicPolicies
{
    private static readonly HashSet<string> Narrowing = new(StringComparer.OrdinalIgnoreCase)
    {
        "aws:SourceArn", "aws:SourceVpc", "aws:SourceVpce", "aws:SourceAccount", "aws:SourceOwner", "aws:SourceOrgID", "aws:SourceOrgPaths", "aws:PrincipalOrgID",
        "aws:PrincipalOrgPaths", "aws:PrincipalAccount", "aws:PrincipalArn", "aws:userid", "aws:CalledVia", "aws:ViaAWSService", "s3:DataAccessPointArn", "s3:DataAccessPointAccount",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
    };

    private static readonly string[] Exact = ["StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "IpAddress"];

    public static bool IsPublic(string policy)
    {
        using var document = JsonDocument.Parse(policy);
        return document.RootElement.TryGetProperty("Statement", out var statements) && Many(statements).Any(IsPublicStatement);
    }

    /// <summary>One value or a list of them.</summary>
    public static IEnumerable<JsonElement> Many(JsonElement value) => value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [value];

    private static bool IsPublicStatement(JsonElement statement)
    {
        if (!statement.TryGetProperty("Effect", out var effect) || effect.GetString() != "Allow") return false;
        if (statement.TryGetProperty("NotPrincipal", out _)) return true;
        if (!statement.TryGetProperty("Principal", out var principal) || !Everybody(principal)) return false;
        return !statement.TryGetProperty("Condition", out var conditions) || !conditions.EnumerateObject().Any(Narrows);
    }

    private static bool Everybody(JsonElement principal) => principal.ValueKind == JsonValueKind.String
        ? principal.GetString() == "*"
        : principal.ValueKind == JsonValueKind.Object && principal.TryGetProperty("AWS", out var aws) && Many(aws).Any(who => who.ValueKind == JsonValueKind.String && who.GetString() == "*");

    private static bool Narrows(JsonProperty condition)
    {
        if (condition.Value.ValueKind != JsonValueKind.Object || !Exact.Contains(condition.Name)) return false;
        foreach (var key in condition.Value.EnumerateObject())
        {
            var values = Many(key.Value).Select(value => value.ToString()).ToList();
            if (Narrowing.Contains(key.Name) && values.All(value => Fixed(key.Name, value))) return true;
            if (key.Name.Equals("aws:SourceIp", StringComparison.OrdinalIgnoreCase) && values.All(NotBroad)) return true;
        }

        return false;
    }

    /// <summary>No wildcard and no variable; in ARNs a wildcard after the account is still one owner's.</summary>
    private static bool Fixed(string key, string value)
    {
        if (value.Contains("${", StringComparison.Ordinal)) return false;
        if (!key.EndsWith("Arn", StringComparison.OrdinalIgnoreCase)) return !value.AsSpan().ContainsAny('*', '?');
        var parts = value.Split(':', 6);
        return parts.Length == 6 && !parts[4].AsSpan().ContainsAny('*', '?') && (parts[4].Length > 0 || !parts[5].AsSpan().ContainsAny('*', '?'));
    }

    private static bool NotBroad(string range) => IPNetwork.TryParse(range.Contains('/', StringComparison.Ordinal) ? range : range + "/32", out var network)
        && network.PrefixLength >= (network.BaseAddress.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? 32 : 8);
}
