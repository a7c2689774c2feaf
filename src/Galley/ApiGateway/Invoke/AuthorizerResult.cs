using System.Text.Json;

namespace Galley.ApiGateway.Invoke;

/// <summary>What an authorizer function answered: a policy with who it is for, or yes or no.</summary>
/// <param name="Allowed">Of the simple form; null for a policy.</param>
/// <param name="Policy">JSON; null for the simple form.</param>
/// <param name="PrincipalId">Only with a policy.</param>
/// <param name="Context">An object for the integration, or null.</param>
internal sealed record AuthorizerResult(bool? Allowed, string? Policy, string? PrincipalId, JsonElement? Context)
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    /// <summary>Null for what is not of the form: nothing may be guessed here.</summary>
    public static AuthorizerResult? Read(ReadOnlyMemory<byte> payload, bool simple, bool scalarsOnly)
    {
        try
        {
            using var document = JsonDocument.Parse(payload, Strict);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !ReadContext(root, scalarsOnly, out var context)) return null;
            if (simple)
                return root.TryGetProperty("isAuthorized", out var yes) && yes.ValueKind is JsonValueKind.True or JsonValueKind.False ? new AuthorizerResult(yes.GetBoolean(), null, null, context) : null;
            return root.TryGetProperty("principalId", out var id) && id.ValueKind == JsonValueKind.String && root.TryGetProperty("policyDocument", out var policy) && policy.ValueKind == JsonValueKind.Object
                ? new AuthorizerResult(null, policy.GetRawText(), id.GetString(), context)
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static bool ReadContext(JsonElement root, bool scalarsOnly, out JsonElement? context)
    {
        context = null;
        if (!root.TryGetProperty("context", out var given) || given.ValueKind == JsonValueKind.Null) return true;
        if (given.ValueKind != JsonValueKind.Object) return false;
        if (scalarsOnly)
            foreach (var member in given.EnumerateObject())
                if (member.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
                    return false;
        context = given.Clone();
        return true;
    }
}

/// <summary>Answers by identity, until they expire.</summary>
internal sealed class KeptAnswers
{
    private readonly Generations<TokenHash, (AuthorizerResult Answer, long Ends)> _answers = new(2048);

    /// <summary>Each value with its length before it, so that no two identities look alike.</summary>
    public static TokenHash KeyOf(string[] identity) => TokenHash.Of(string.Concat(identity.Select(value => $"{value.Length}:{value}")));

    public AuthorizerResult? Find(TokenHash key, long now)
        => _answers.TryGet(key, out var kept) && now < kept.Ends ? kept.Answer : null;

    public void Keep(TokenHash key, AuthorizerResult answer, long ends) => _answers.Keep(key, (answer, ends));
}
