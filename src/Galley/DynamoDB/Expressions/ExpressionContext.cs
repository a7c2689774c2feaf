using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Galley.Wire;

namespace Galley.DynamoDB.Expressions;

/// <summary>
/// The expressions of one request with their placeholders: what is defined, what was used. Make it, parse every expression,
/// then <see cref="End"/>.
/// </summary>
internal sealed class ExpressionContext
{
    private const int LongestPlaceholder = 255;

    private readonly Dictionary<string, string> _names;
    private readonly Dictionary<string, AttributeValue> _values;
    private readonly HashSet<string> _used = [];
    private readonly HashSet<(string Kind, string Attribute)> _touched = [], _entered = [];

    /// <param name="names">`ExpressionAttributeNames`</param>
    /// <param name="values">`ExpressionAttributeValues`</param>
    /// <param name="expressions">The request's expressions by parameter name.</param>
    public ExpressionContext(Dictionary<string, string>? names, ExpressionValues? values, params ReadOnlySpan<(string Kind, string? Text)> expressions)
        : this(names, values, older: false, expressions)
    {
    }

    /// <param name="older">Scan still has the older words.</param>
    public ExpressionContext(Dictionary<string, string>? names, ExpressionValues? values, bool older, params ReadOnlySpan<(string Kind, string? Text)> expressions)
    {
        _names = names ?? [];
        _values = values?.Values ?? [];
        CheckUse(names, values, older, expressions);
        if (names is { Count: 0 }) throw Errors.Validation("ExpressionAttributeNames must not be empty");
        foreach (var (placeholder, name) in _names)
        {
            CheckPlaceholder("ExpressionAttributeNames", placeholder, '#');
            if (string.IsNullOrEmpty(name) || AttributeValueConverter.IsTooLong(name))
                throw Errors.Validation($"ExpressionAttributeNames contains invalid value: {(string.IsNullOrEmpty(name) ? Errors.EmptyName() : Errors.NameTooLong()).Message} for key {placeholder}");
        }

        if (values is { Values.Count: 0 }) throw Errors.Validation("ExpressionAttributeValues must not be empty");
        foreach (var placeholder in _values.Keys) CheckPlaceholder("ExpressionAttributeValues", placeholder, ':');
        if (values?.Problem is { } problem) throw problem.Error(older);
    }

    /// <summary>Names and values must not be given without an expression that could use them.</summary>
    public static void CheckUse(Dictionary<string, string>? names, ExpressionValues? values, bool older, params ReadOnlySpan<(string Kind, string? Text)> expressions)
    {
        var given = false;
        var takeValues = new List<string>();
        var withValues = false;
        foreach (var (kind, text) in expressions)
        {
            given |= text is not null;
            if (kind == "ProjectionExpression") continue;
            takeValues.Add(kind);
            withValues |= text is not null;
        }

        if (names is not null && !given) throw Errors.Validation("ExpressionAttributeNames can only be specified when using expressions");
        if (values is not null && !withValues)
            throw Errors.Validation("ExpressionAttributeValues can only be specified when using expressions" + (older ? $": {string.Join(" and ", takeValues)} {(takeValues.Count > 1 ? "are" : "is")} null" : ""));
    }

    public string? Name(string placeholder) => Take(_names, placeholder);

    public AttributeValue? Value(string placeholder) => Take(_values, placeholder);

    public Condition? Condition(string kind, string? text) => text is null ? null : new ConditionParser(this, kind, Sized(kind, text)).ParseAll();

    public Update? Update(string? text) => text is null ? null : new UpdateParser(this, Sized("UpdateExpression", text)).ParseAll();

    public Selection? Projection(string? text) => text is null ? null : new ProjectionParser(this, Sized("ProjectionExpression", text)).ParseAll();

    /// <summary>Notes that an expression names a top-level attribute.</summary>
    public void Touch(string kind, string attribute) => _touched.Add((kind, attribute));

    /// <summary>Notes that a path goes into a top-level attribute.</summary>
    public void Enter(string kind, string attribute) => _entered.Add((kind, attribute));

    /// <summary>The top-level attributes that an expression's paths go into: no key may be among them.</summary>
    public IReadOnlyList<string> Entered(string kind) => _entered.Count == 0 ? [] : [.. _entered.Where(entered => entered.Kind == kind).Select(entered => entered.Attribute)];

    /// <summary>Whether the expression names the attribute at its top level.</summary>
    public bool Touches(string kind, string attribute) => _touched.Contains((kind, attribute));

    /// <summary>The top-level attributes that the expressions named.</summary>
    public IEnumerable<string> Attributes => _touched.Select(touched => touched.Attribute).Distinct();

    /// <summary>Every placeholder must have been used.</summary>
    public void End()
    {
        Check("ExpressionAttributeNames", _names);
        Check("ExpressionAttributeValues", _values);
    }

    private static string Sized(string kind, string text)
    {
        if (text.Length == 0) throw Errors.Expression(kind, "The expression can not be empty;");
        return Encoding.UTF8.GetByteCount(text) is > 4096 and var size
            ? throw Errors.Expression(kind, "Expression size has exceeded the maximum allowed size;" + (kind == "UpdateExpression" ? "" : $" expression size: {size}"))
            : text;
    }

    private void Check<T>(string parameter, Dictionary<string, T> placeholders)
    {
        foreach (var placeholder in placeholders.Keys)
            if (!_used.Contains(placeholder))
                throw Errors.Validation($"Value provided in {parameter} unused in expressions: keys: {{{string.Join(", ", placeholders.Keys.Where(name => !_used.Contains(name)))}}}");
    }

    private T? Take<T>(Dictionary<string, T> from, string placeholder) where T : class
    {
        _used.Add(placeholder);
        return from.GetValueOrDefault(placeholder);
    }

    private static void CheckPlaceholder(string parameter, string text, char mark)
    {
        if (text.Length > LongestPlaceholder) throw Errors.Validation($"{parameter} contains invalid key: The expression attribute map contains a key that is too long; size of key: {text.Length}");
        if (text.Length < 2 || text[0] != mark || text.AsSpan(1).IndexOfAnyExcept(PlaceholderLetters) >= 0)
            throw Errors.Validation($"{parameter} contains invalid key: Syntax error; key: \"{text}\"");
    }

    private static readonly System.Buffers.SearchValues<char> PlaceholderLetters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
}

/// <summary>`ExpressionAttributeValues`. The older wording of what is wrong inside names the parameter and the placeholder.</summary>
[JsonConverter(typeof(ExpressionValuesConverter))]
internal sealed record ExpressionValues(Dictionary<string, AttributeValue> Values)
{
    /// <summary>What is wrong with one of the values; then there are none.</summary>
    public ValueProblem? Problem { get; init; }
}

internal sealed class ExpressionValuesConverter : JsonConverter<ExpressionValues>
{
    public override ExpressionValues Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        var values = new Dictionary<string, AttributeValue>();
        ValueProblem? problem = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            var start = reader;
            try
            {
                values[name] = AttributeValueConverter.Read(ref reader, stored: false);
            }
            catch (ValidationError error)
            {
                reader = start;
                reader.Skip();
                values[name] = AttributeValue.Null;
                problem ??= ValueProblem.Of(error, name);
            }
        }

        return new(values) { Problem = problem };
    }

    public override void Write(Utf8JsonWriter writer, ExpressionValues value, JsonSerializerOptions options)
        => AttributeValueConverter.Write(writer, value.Values);
}
