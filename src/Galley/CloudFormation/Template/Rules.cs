using System.Text.Json.Nodes;

namespace Galley.CloudFormation.Template;

/// <summary>The Rules section: what parameter values must satisfy together before anything is made. AWS: "Rules", "Rule-specific intrinsic functions".</summary>
internal static class Rules
{
    public static void Check(JsonNode? section, Intrinsics values)
    {
        if (section is null) return;
        if (section is not JsonObject rules) throw Errors.Format("[/Rules] must be an object.");
        foreach (var (name, node) in rules)
        {
            if (node is not JsonObject rule || rule["Assertions"] is not JsonArray assertions) throw Errors.Format($"Rule {name} must have a list of Assertions.");
            if (rule["RuleCondition"] is { } condition && !Holds(condition, values)) continue;
            foreach (var assertion in assertions)
                if (!Holds(assertion?["Assert"] ?? throw Errors.Format($"Every assertion of rule {name} must contain an Assert member."), values))
                    throw Errors.Template($"Rule {name} failed: {Scalars.Text(assertion["AssertDescription"]) ?? "the assertion does not hold."}");
        }
    }

    private static bool Holds(JsonNode? node, Intrinsics values)
    {
        if (node is not JsonObject { Count: 1 } call) throw Errors.Format("Rules hold rule functions only.");
        var (function, argument) = call.First();
        return function switch
        {
            "Fn::And" when argument is JsonArray { Count: >= 2 and <= 10 } all => all.All(one => Holds(one, values)),
            "Fn::Or" when argument is JsonArray { Count: >= 2 and <= 10 } any => any.Any(one => Holds(one, values)),
            "Fn::Not" when argument is JsonArray { Count: 1 } not => !Holds(not[0], values),
            "Fn::Equals" when argument is JsonArray { Count: 2 } two => Same(values.Resolve(two[0]), values.Resolve(two[1])),
            "Fn::Contains" when argument is JsonArray { Count: 2 } two => List(two[0]).Any(item => Same(item, values.Resolve(two[1]))),
            "Fn::EachMemberEquals" when argument is JsonArray { Count: 2 } two => List(two[0]).All(item => Same(item, values.Resolve(two[1]))),
            "Fn::EachMemberIn" when argument is JsonArray { Count: 2 } two => List(two[0]).All(item => List(two[1]).Any(other => Same(item, other))),
            "Fn::And" or "Fn::Or" or "Fn::Not" or "Fn::Equals" or "Fn::Contains" or "Fn::EachMemberEquals" or "Fn::EachMemberIn" => throw Errors.Template($"{function} object has wrong arguments."),
            _ => throw Errors.NotSupported($"{function} in Rules"),
        };

        JsonArray List(JsonNode? list) => values.Resolve(list) as JsonArray ?? throw Errors.Template($"{function} object has wrong arguments.");

        static bool Same(JsonNode? a, JsonNode? b) => Deploy.Differences.Same(a, b);
    }
}
