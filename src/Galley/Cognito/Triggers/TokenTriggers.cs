using System.Text.Json;
using System.Text.Json.Nodes;
using Galley.Cognito.SignIn;

namespace Galley.Cognito.Triggers;

/// <summary>Pre token generation: V1_0 changes the id token's claims, V2_0 and V3_0 those of both tokens and the scopes; V3_0 sees machines too.</summary>
internal sealed class TokenTriggers(TriggerCall triggers)
{
    private static readonly HashSet<string> Fixed =
    [
        "acr", "amr", "at_hash", "aud", "auth_time", "azp", "client_id", "device_key", "event_id", "exp", "iat", "iss", "jti", "nbf", "nonce", "origin_jti", "scope", "sub", "token_use",
        "username", "version", "identities",
    ];

    /// <summary>What the trigger changes; null for nothing.</summary>
    public async ValueTask<TokenChanges?> Ask(
        UserPool pool, UserPoolClient client, User? user, string source, IReadOnlyList<Group> groups, IReadOnlyList<string> scopes, IReadOnlyDictionary<string, string>? metadata)
    {
        var config = pool.LambdaConfig?.PreTokenGenerationConfig;
        var version = config?.LambdaVersion ?? "V1_0";
        if ((config?.LambdaArn ?? pool.LambdaConfig?.PreTokenGeneration) is not { } arn || user is null && version != "V3_0") return null;
        var first = version == "V1_0";
        var answer = await triggers.Run(new TriggerEvent("PreTokenGeneration", source, pool, client.ClientId, user?.Username, writer =>
        {
            if (user is not null) UserTriggers.WriteUser(writer, user);
            WriteGroups(writer, groups);
            if (!first) WriteList(writer, "scopes", scopes);
            TriggerCall.WriteMap(writer, "clientMetadata", metadata);
        }, writer => writer.WriteNull(first ? "claimsOverrideDetails" : "claimsAndScopeOverrideDetails"))
        { Version = first ? "1" : version == "V2_0" ? "2" : "3" }, arn);
        if (!answer.TryGetProperty(first ? "claimsOverrideDetails" : "claimsAndScopeOverrideDetails", out var details) || details.ValueKind == JsonValueKind.Null) return null;
        if (details.ValueKind != JsonValueKind.Object) throw Errors.TriggerAnswer("Unrecognizable lambda output");
        return new TokenChanges
        {
            Id = first ? ClaimsOf(details, textOnly: true) : ClaimsOf(Member(details, "idTokenGeneration"), textOnly: false),
            Access = first ? Claims.None : ClaimsOf(Member(details, "accessTokenGeneration"), textOnly: false),
            ScopesToAdd = first ? [] : List(Member(details, "accessTokenGeneration"), "scopesToAdd") ?? [],
            ScopesToSuppress = first ? [] : List(Member(details, "accessTokenGeneration"), "scopesToSuppress") ?? [],
            Groups = List(Member(details, "groupOverrideDetails"), "groupsToOverride"),
            Roles = List(Member(details, "groupOverrideDetails"), "iamRolesToOverride"),
            PreferredRole = Member(details, "groupOverrideDetails") is { ValueKind: JsonValueKind.Object } group ? TriggerCall.Text(group, "preferredRole") : null,
        };
    }

    /// <summary>A token's payload with the changes; claims that AWS keeps to itself stay as they are.</summary>
    public static byte[] Apply(byte[] payload, Claims changes)
    {
        if (changes.Set.Count == 0 && changes.Suppress.Count == 0) return payload;
        var token = JsonNode.Parse(payload)!.AsObject();
        foreach (var name in changes.Suppress)
            if (Free(name)) token.Remove(name);
        foreach (var (name, value) in changes.Set)
            if (Free(name)) token[name] = JsonNode.Parse(value.GetRawText());
        return Json.Object(writer =>
        {
            foreach (var (name, value) in token)
            {
                writer.WritePropertyName(name);
                if (value is null) writer.WriteNullValue();
                else value.WriteTo(writer);
            }
        });
    }

    private static bool Free(string claim) => !Fixed.Contains(claim) && !claim.StartsWith("cognito:", StringComparison.Ordinal);

    private static Claims ClaimsOf(JsonElement json, bool textOnly)
    {
        if (json.ValueKind != JsonValueKind.Object) return Claims.None;
        var set = new List<KeyValuePair<string, JsonElement>>();
        if (Member(json, "claimsToAddOrOverride") is { ValueKind: JsonValueKind.Object } claims)
            foreach (var claim in claims.EnumerateObject())
            {
                if (textOnly && claim.Value.ValueKind != JsonValueKind.String) throw Errors.TriggerAnswer("Unrecognizable lambda output");
                set.Add(KeyValuePair.Create(claim.Name, claim.Value));
            }

        return new Claims(set, List(json, "claimsToSuppress") ?? []);
    }

    private static JsonElement Member(JsonElement json, string name) => json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) ? value : default;

    private static IReadOnlyList<string>? List(JsonElement json, string name)
    {
        if (Member(json, name) is not { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) } list) return null;
        if (list.ValueKind != JsonValueKind.Array || list.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.String)) throw Errors.TriggerAnswer("Unrecognizable lambda output");
        return [.. list.EnumerateArray().Select(item => item.GetString()!)];
    }

    private static void WriteGroups(Utf8JsonWriter writer, IReadOnlyList<Group> groups)
    {
        writer.WriteStartObject("groupConfiguration");
        WriteList(writer, "groupsToOverride", groups.Select(group => group.GroupName));
        WriteList(writer, "iamRolesToOverride", groups.Where(group => group.RoleArn is not null).Select(group => group.RoleArn!).Distinct());
        writer.WriteString("preferredRole", groups.FirstOrDefault(group => group.RoleArn is not null)?.RoleArn);
        writer.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter writer, string name, IEnumerable<string> values)
    {
        writer.WriteStartArray(name);
        foreach (var value in values) writer.WriteStringValue(value);
        writer.WriteEndArray();
    }
}

internal sealed record Claims(IReadOnlyList<KeyValuePair<string, JsonElement>> Set, IReadOnlyList<string> Suppress)
{
    public static readonly Claims None = new([], []);
}

internal sealed record TokenChanges
{
    public required Claims Id { get; init; }
    public required Claims Access { get; init; }
    public required IReadOnlyList<string> ScopesToAdd { get; init; }
    public required IReadOnlyList<string> ScopesToSuppress { get; init; }
    public IReadOnlyList<string>? Groups { get; init; }
    public IReadOnlyList<string>? Roles { get; init; }
    public string? PreferredRole { get; init; }
}
