using System.Text.Json;
using System.Text.Json.Nodes;
using Galley.CloudFormation.Template;

namespace Galley.CloudFormation;

/// <summary>
/// Which resources of a stack an update may modify, replace or delete. Without one all are free; with one, all are protected that no
/// statement allows, and a Deny wins. AWS: "Prevent updates to stack resources".
/// </summary>
internal sealed class StackPolicy
{
    public const int MaxLength = 16_384;

    private static readonly HashSet<string> Members = ["Effect", "Action", "NotAction", "Principal", "Resource", "NotResource", "Condition"];
    private readonly List<Statement> _statements = [];

    private StackPolicy()
    {
    }

    private sealed record Statement(bool Allows, IReadOnlyList<string> Actions, bool AllActionsBut, IReadOnlyList<string> Resources, bool AllResourcesBut, IReadOnlyList<(bool Like, IReadOnlyList<string> Types)> Conditions)
    {
        public bool Fits(string action, string resource, string type)
            => Actions.Any(one => Matches(one, action)) != AllActionsBut && Resources.Any(one => Matches(one, resource)) != AllResourcesBut
               && Conditions.All(condition => condition.Types.Any(one => condition.Like ? Matches(one, type) : one == type));
    }

    /// <exception cref="Wire.AwsError">It is no stack policy.</exception>
    public static StackPolicy Parse(string text)
    {
        if (text.Length > MaxLength) throw Errors.Validation("1 validation error detected: Value at 'stackPolicyBody' failed to satisfy constraint: Member must have length less than or equal to 16384");
        try
        {
            var policy = new StackPolicy();
            if (JsonNode.Parse(text) is not JsonObject { Count: 1 } root || root["Statement"] is not { } statements) throw Invalid();
            foreach (var one in statements as JsonArray ?? [statements.DeepClone()]) policy._statements.Add(Read(one as JsonObject ?? throw Invalid()));
            return policy;
        }
        catch (JsonException)
        {
            throw Invalid();
        }
    }

    /// <summary>Why the action is refused; null when it is allowed.</summary>
    /// <param name="action">`Update:Modify`, `Update:Replace` or `Update:Delete`.</param>
    /// <param name="logicalId">Of the resource.</param>
    /// <param name="type">Its type.</param>
    public string? Refusal(string action, string logicalId, string type)
    {
        var resource = "LogicalResourceId/" + logicalId;
        var denies = _statements.FindIndex(statement => !statement.Allows && statement.Fits(action, resource, type));
        return denies >= 0 ? $"Action denied by stack policy: Statement [#{denies + 1}] does not allow [{action}] for resource [{resource}];"
            : _statements.Exists(statement => statement.Allows && statement.Fits(action, resource, type)) ? null
            : "Action not allowed by stack policy";
    }

    private static Statement Read(JsonObject statement)
    {
        if (statement.Any(pair => !Members.Contains(pair.Key)) || Scalars.Text(statement["Principal"]) != "*") throw Invalid();
        var (actions, others) = (Texts(statement["Action"]), Texts(statement["NotAction"]));
        var (resources, otherResources) = (Texts(statement["Resource"]), Texts(statement["NotResource"]));
        if (actions is null == others is null || resources is null == otherResources is null) throw Invalid();
        if ((actions ?? others)!.Any(action => action is not ("*" or "Update:*" or "Update:Modify" or "Update:Replace" or "Update:Delete"))) throw Invalid();
        return new Statement(
            Scalars.Text(statement["Effect"]) switch { "Allow" => true, "Deny" => false, _ => throw Invalid() },
            (actions ?? others)!, others is not null, (resources ?? otherResources)!, otherResources is not null, [.. Conditions(statement["Condition"])]);
    }

    private static IEnumerable<(bool Like, IReadOnlyList<string> Types)> Conditions(JsonNode? condition)
    {
        if (condition is null) yield break;
        foreach (var (kind, keys) in condition as JsonObject ?? throw Invalid())
        {
            if (kind is not ("StringEquals" or "StringLike") || keys is not JsonObject { Count: 1 } only || Texts(only["ResourceType"]) is not { } types) throw Invalid();
            yield return (kind == "StringLike", types);
        }
    }

    private static IReadOnlyList<string>? Texts(JsonNode? node) => node switch
    {
        null => null,
        JsonArray list => [.. list.Select(one => Scalars.Text(one) ?? throw Invalid())],
        _ => [Scalars.Text(node) ?? throw Invalid()],
    };

    private static bool Matches(string pattern, string text) => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern.Replace("\\", "\\\\", StringComparison.Ordinal), text, ignoreCase: false);

    private static Wire.AwsError Invalid() => Errors.Validation("Error validating stack policy: Invalid stack policy");
}
