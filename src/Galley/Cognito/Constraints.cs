using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Galley.Wire;

namespace Galley.Cognito;

/// <summary>
/// The model's constraints on the members of a call, which AWS checks before anything else and reports all at once:
/// `2 validation errors detected: Value 'x' at 'userPoolId' failed to satisfy constraint: …; Value at 'username' …`.
/// Rules that need more than the member itself are where it is used.
/// </summary>
internal static partial class Constraints
{
    private const string Arn = @"arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?";
    private const string Printable = @"[\p{L}\p{M}\p{S}\p{N}\p{P}]+";
    private const string Named = @"[\w\s+=,.@-]+";
    private const string Token = "[A-Za-z0-9-_=.]+";

    private static readonly SearchValues<char> TokenLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=.");

    private static readonly SearchValues<byte> TokenBytes = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=."u8);

    private static readonly FrozenDictionary<string, Rule> Rules = new Dictionary<string, Rule>
    {
        ["UserPoolId"] = new(1, 55, @"[\w-]+_[0-9a-zA-Z]+", PoolId().IsMatch),
        ["ClientId"] = new(1, 128, @"[\w+]+", Word().IsMatch),
        ["ClientSecret"] = new(24, 64, @"[\w+]+", Word().IsMatch, Hidden: true),
        ["SecretHash"] = new(1, 128, @"[\w+=/]+", Hash().IsMatch, Hidden: true),
        ["Username"] = new(1, 128, Printable, IsPrintable().IsMatch, Hidden: true),
        ["GroupName"] = new(1, 128, Printable, IsPrintable().IsMatch),
        ["AttributeName"] = new(1, 32),
        ["PoolName"] = new(1, 128, Named, IsNamed().IsMatch),
        ["ClientName"] = new(1, 128, Named, IsNamed().IsMatch),
        ["JobName"] = new(1, 128, Named, IsNamed().IsMatch),
        ["Name"] = new(1, 256, Named, IsNamed().IsMatch),
        ["Identifier"] = new(1, 256, @"[\x21\x23-\x5B\x5D-\x7E]+", ServerId().IsMatch),
        ["RoleArn"] = new(20, 2048, Arn, IsArn().IsMatch),
        ["ResourceArn"] = new(20, 2048, Arn, IsArn().IsMatch),
        ["CloudWatchLogsRoleArn"] = new(20, 2048, Arn, IsArn().IsMatch),
        ["Description"] = new(0, 2048),
        ["AccessToken"] = new(0, int.MaxValue, Token, IsToken, Hidden: true, Letters: TokenBytes),
        ["RefreshToken"] = new(0, int.MaxValue, Token, IsToken, Hidden: true),
        ["Token"] = new(0, int.MaxValue, Token, IsToken, Hidden: true),
        ["Session"] = new(20, 2048, Hidden: true),
        ["ConfirmationCode"] = new(1, 2048, @"[\S]+", NoSpace().IsMatch),
        ["Code"] = new(1, 2048, @"[\S]+", NoSpace().IsMatch, Hidden: true),
        ["UserCode"] = new(6, 6, "[0-9]+", Figures().IsMatch, Hidden: true),
        ["DeviceKey"] = new(1, 55, @"[\w-]+_[0-9a-f-]+", DeviceId().IsMatch),
        ["DeviceName"] = new(1, 1024),
        ["JobId"] = new(1, 55, "import-[0-9a-zA-Z-]+", Job().IsMatch),
        ["IdpIdentifier"] = new(1, 40, @"[\w\s+=.@-]+", IdpId().IsMatch),
        ["NextToken"] = new(1, int.MaxValue, @"[\S]+", NoSpace().IsMatch),
        ["PaginationToken"] = new(1, int.MaxValue, @"[\S]+", NoSpace().IsMatch),
        ["Filter"] = new(0, 256),
        ["Limit"] = new(0, 60, Figure: true),
        ["Precedence"] = new(0, int.MaxValue, Figure: true),
        ["AuthSessionValidity"] = new(3, 15, Figure: true),
    }.ToFrozenDictionary();

    /// <summary>Throws AWS's error for everything that is wrong with a call's own members. What is no JSON object is left to whoever reads it.</summary>
    public static void Check(ReadOnlySpan<byte> body)
    {
        List<string>? wrong = null;
        try
        {
            var reader = new Utf8JsonReader(body);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                reader.Read();
                if (Rules.TryGetValue(name, out var rule))
                {
                    if (reader.TokenType == JsonTokenType.String && !rule.Figure && !rule.Plainly(reader.ValueSpan)) Judge(rule, name, reader.GetString()!, ref wrong);
                    else if (reader.TokenType == JsonTokenType.Number && rule.Figure && reader.TryGetInt64(out var number)) Judge(rule, name, number, ref wrong);
                }

                reader.Skip();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return;
        }

        if (wrong is not null) throw Failed(wrong);
    }

    /// <summary>Members that have to be there and are not.</summary>
    public static AwsError Missing(IEnumerable<string> members) => Failed([.. members.Select(member => $"Value null at '{Camel(member)}' failed to satisfy constraint: Member must not be null")]);

    private static void Judge(Rule rule, string name, string value, ref List<string>? wrong)
    {
        if (value.Length < rule.Min) Add(ref wrong, rule, name, value, $"Member must have length greater than or equal to {rule.Min}");
        if (value.Length > rule.Max) Add(ref wrong, rule, name, value, $"Member must have length less than or equal to {rule.Max}");
        if (rule.Holds?.Invoke(value) == false) Add(ref wrong, rule, name, value, "Member must satisfy regular expression pattern: " + rule.Pattern);
    }

    private static void Judge(Rule rule, string name, long value, ref List<string>? wrong)
    {
        var text = value.ToString(CultureInfo.InvariantCulture);
        if (value < rule.Min) Add(ref wrong, rule, name, text, $"Member must have value greater than or equal to {rule.Min}");
        if (value > rule.Max) Add(ref wrong, rule, name, text, $"Member must have value less than or equal to {rule.Max}");
    }

    private static void Add(ref List<string>? wrong, Rule rule, string name, string value, string why)
        => (wrong ??= []).Add($"Value {(rule.Hidden ? "" : $"'{value}' ")}at '{Camel(name)}' failed to satisfy constraint: {why}");

    private static AwsError Failed(List<string> wrong) => Errors.Parameter($"{wrong.Count} validation error{(wrong.Count == 1 ? "" : "s")} detected: {string.Join("; ", wrong)}");

    private static string Camel(string member) => char.ToLowerInvariant(member[0]) + member[1..];

    private static bool IsToken(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExcept(TokenLetters);

    [GeneratedRegex(@"^[\w-]+_[0-9a-zA-Z]+$")]
    private static partial Regex PoolId();

    [GeneratedRegex(@"^[\w+]+$")]
    private static partial Regex Word();

    [GeneratedRegex(@"^[\w+=/]+$")]
    private static partial Regex Hash();

    [GeneratedRegex(@"^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$")]
    private static partial Regex IsPrintable();

    [GeneratedRegex(@"^[\w\s+=,.@-]+$")]
    private static partial Regex IsNamed();

    [GeneratedRegex(@"^[\x21\x23-\x5B\x5D-\x7E]+$")]
    private static partial Regex ServerId();

    [GeneratedRegex("^" + Arn + "$")]
    private static partial Regex IsArn();

    [GeneratedRegex(@"^\S+$")]
    private static partial Regex NoSpace();

    [GeneratedRegex("^[0-9]+$")]
    private static partial Regex Figures();

    [GeneratedRegex(@"^[\w-]+_[0-9a-f-]+$")]
    private static partial Regex DeviceId();

    [GeneratedRegex("^import-[0-9a-zA-Z-]+$")]
    private static partial Regex Job();

    [GeneratedRegex(@"^[\w\s+=.@-]+$")]
    private static partial Regex IdpId();

    /// <param name="Min">Fewest letters, or the smallest number.</param>
    /// <param name="Max">Most letters, or the largest number.</param>
    /// <param name="Pattern">As AWS's message shows it.</param>
    /// <param name="Holds">Whether a text is of the pattern.</param>
    /// <param name="Hidden">AWS does not repeat the value.</param>
    /// <param name="Figure">A number.</param>
    /// <param name="Letters">Of nothing else a long text may be, so that it need not be decoded to be judged.</param>
    private sealed record Rule(int Min, int Max, string? Pattern = null, Func<string, bool>? Holds = null, bool Hidden = false, bool Figure = false, SearchValues<byte>? Letters = null)
    {
        /// <summary>Right as it stands in the request: a backslash is none of the letters.</summary>
        public bool Plainly(ReadOnlySpan<byte> text) => Letters is not null && text.Length > 0 && !text.ContainsAnyExcept(Letters);
    }
}
