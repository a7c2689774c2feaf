using System.Globalization;
using System.Text.Json;
using Galley.Wire;

namespace Galley.S3.Forms;

/// <summary>
/// The policy of a POST form: until when it holds and what the form's fields must be.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
/// </summary>
internal sealed class FormPolicy
{
    /// <summary>Fields that need no condition.</summary>
    private static readonly string[] Free = ["policy", "x-amz-signature", "signature", "awsaccesskeyid", "file"];

    private readonly List<Condition> _conditions = [];

    private FormPolicy(JsonElement root, DateTimeOffset now)
    {
        if (!root.TryGetProperty("expiration", out var expiration)) throw Invalid("Policy missing expiration.");
        if (expiration.ValueKind != JsonValueKind.String || !DateTimeOffset.TryParse(expiration.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var until))
            throw Invalid($"Invalid 'expiration' value: '{expiration}'");
        if (until <= now) throw Denied("Policy expired.");
        if (!root.TryGetProperty("conditions", out var conditions) || conditions.ValueKind != JsonValueKind.Array) throw Invalid("Policy missing conditions.");
        foreach (var condition in conditions.EnumerateArray()) Read(condition);
    }

    /// <summary>Bytes the file may have; null without such a condition.</summary>
    public (long Least, long Most)? Length { get; private set; }

    /// <param name="decoded">The JSON, as it was in Base64.</param>
    /// <param name="now">Server time.</param>
    public static FormPolicy Parse(byte[] decoded, DateTimeOffset now)
    {
        try
        {
            using var document = JsonDocument.Parse(decoded, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return document.RootElement.ValueKind == JsonValueKind.Object ? new FormPolicy(document.RootElement, now) : throw Invalid("Invalid JSON.");
        }
        catch (JsonException)
        {
            throw Invalid("Invalid JSON.");
        }
    }

    /// <summary>Throws AccessDenied for a field that no condition allows, and for a condition that does not hold.</summary>
    /// <param name="fields">Names in lower case; with the bucket.</param>
    public void Check(IReadOnlyDictionary<string, string> fields)
    {
        foreach (var condition in _conditions)
            if (!condition.Holds(fields.GetValueOrDefault(condition.Field, "")))
                throw Denied($"Policy Condition failed: {condition.Text}");
        foreach (var name in fields.Keys)
            if (!Free.Contains(name) && !name.StartsWith("x-ignore-", StringComparison.Ordinal) && _conditions.TrueForAll(condition => condition.Field != name))
                throw Denied($"Extra input fields: {name}");
    }

    private void Read(JsonElement condition)
    {
        if (condition.ValueKind == JsonValueKind.Object)
        {
            if (!condition.EnumerateObject().Any()) throw Invalid($"Invalid Simple-Condition: {condition}");
            foreach (var pair in condition.EnumerateObject()) _conditions.Add(new(Name(pair.Name), pair.Value.ToString(), false, $"[\"eq\", \"${pair.Name}\", \"{pair.Value}\"]"));
            return;
        }

        if (condition.ValueKind != JsonValueKind.Array || condition.GetArrayLength() != 3) throw Invalid($"Invalid Simple-Condition: {condition}");
        var kind = condition[0].ToString().ToLowerInvariant();
        if (kind == "content-length-range")
        {
            if (!long.TryParse(condition[1].ToString(), out var least) || !long.TryParse(condition[2].ToString(), out var most) || least < 0 || most < 0) throw Invalid($"Invalid content-length-range: {condition}");
            Length = (least, most);
            return;
        }

        if (kind is not ("eq" or "starts-with")) throw Invalid($"Invalid Simple-Condition: unknown condition {kind}");
        var field = condition[1].ToString();
        if (!field.StartsWith('$')) throw Invalid($"Invalid Simple-Condition: {field} must start with $");
        _conditions.Add(new(Name(field[1..]), condition[2].ToString(), kind == "starts-with", $"[\"{condition[0]}\", \"{field}\", \"{condition[2]}\"]"));
    }

    private static string Name(string name) => name.ToLowerInvariant();

    private static AwsError Invalid(string why) => new("InvalidPolicyDocument", "Invalid Policy: " + why);

    private static AwsError Denied(string why) => Errors.AccessDenied("Invalid according to Policy: " + why);

    private sealed record Condition(string Field, string Value, bool Starts, string Text)
    {
        /// <summary>A Content-Type may be a list, and then each of it must start so.</summary>
        public bool Holds(string value) => !Starts ? value == Value
            : Field == "content-type" ? value.Split(',').All(one => one.StartsWith(Value, StringComparison.Ordinal))
            : value.StartsWith(Value, StringComparison.Ordinal);
    }
}
