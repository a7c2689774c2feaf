using System.Text.Json.Nodes;

namespace Galley.CloudFormation.Template;

/// <summary>The Rules section: what parameter values must satisfy together before anything is made. AWS: "Rules", "Rule functions".</summary>
internal sealed class Rules(StackTemplate template, Intrinsics values, string region)
{
    /// <exception cref="Wire.AwsError">A rule does not hold, or is none.</exception>
    public void Check(JsonNode? section)
    {
        if (section is null) return;
        if (section is not JsonObject rules) throw Errors.Format("[/Rules] must be an object.");
        foreach (var (name, node) in rules)
        {
            if (node is not JsonObject rule || rule["Assertions"] is not JsonArray assertions) throw Errors.Format($"Rule {name} must have a list of Assertions.");
            foreach (var (member, _) in rule)
                if (member is not ("Assertions" or "RuleCondition"))
                    throw Errors.Format($"Rule {name} has the member {member}; a rule has RuleCondition and Assertions.");
            if (rule["RuleCondition"] is { } condition && !Holds(condition)) continue;
            foreach (var assertion in assertions)
                if (!Holds(assertion?["Assert"] ?? throw Errors.Format($"Every assertion of rule {name} must contain an Assert member.")))
                    throw Errors.Template($"Rule {name} failed: {Scalars.Text(assertion["AssertDescription"]) ?? "the assertion does not hold."}");
        }
    }

    private bool Holds(JsonNode? node)
    {
        if (node is not JsonObject { Count: 1 } call) throw Errors.Format("Rules hold rule functions only.");
        var (function, argument) = call.First();
        return function switch
        {
            "Fn::And" when argument is JsonArray { Count: >= 2 and <= 10 } all => all.All(Holds),
            "Fn::Or" when argument is JsonArray { Count: >= 2 and <= 10 } any => any.Any(Holds),
            "Fn::Not" when argument is JsonArray { Count: 1 } not => !Holds(not[0]),
            "Fn::Equals" when argument is JsonArray { Count: 2 } two => Same(Value(two[0]), Value(two[1])),
            "Fn::Contains" when argument is JsonArray { Count: 2 } two => List(function, two[0]).Any(item => Same(item, Value(two[1]))),
            "Fn::EachMemberEquals" when argument is JsonArray { Count: 2 } two => List(function, two[0]).All(item => Same(item, Value(two[1]))),
            "Fn::EachMemberIn" when argument is JsonArray { Count: 2 } two => List(function, two[0]).All(item => List(function, two[1]).Any(other => Same(item, other))),
            "Fn::And" or "Fn::Or" or "Fn::Not" or "Fn::Equals" or "Fn::Contains" or "Fn::EachMemberEquals" or "Fn::EachMemberIn" => throw Arguments(function),
            _ => throw Errors.NotSupported($"{function} in Rules"),
        };
    }

    private JsonNode? Value(JsonNode? node) => node switch
    {
        JsonObject { Count: 1 } call when call.First() is ("Fn::RefAll", var argument) => new JsonArray([.. All(Scalars.Text(argument) ?? throw Arguments("Fn::RefAll")).Select(value => JsonValue.Create(value))]),
        JsonObject { Count: 1 } call when call.First() is ("Fn::ValueOf", var argument) => throw NoAttribute("Fn::ValueOf", argument, name => template.Parameters.TryGetValue(name, out var parameter)
            ? parameter.Type
            : throw Errors.Template($"Fn::ValueOf names the parameter {name}, which the template does not have.")),
        JsonObject { Count: 1 } call when call.First() is ("Fn::ValueOfAll", var argument) => throw NoAttribute("Fn::ValueOfAll", argument, type => type),
        JsonArray list => new JsonArray([.. list.Select(Value)]),
        _ => values.Resolve(node),
    };

    private JsonArray List(string function, JsonNode? node) => Value(node) as JsonArray ?? throw Arguments(function);

    /// <summary>Everything in the account and region that a parameter of the type could name. Of networks and machines there is nothing here to name.</summary>
    private IReadOnlyList<string> All(string type) => type == Zones.ParameterType ? Zones.Of(region) : throw Errors.NotSupported($"the parameter type {type} (Fn::RefAll in Rules)");

    /// <summary>Attributes are of VPCs, subnets and security groups alone, and those are not here: what remains is to say so.</summary>
    private static Wire.AwsError NoAttribute(string function, JsonNode? argument, Func<string, string> typeOf)
    {
        if (argument is not JsonArray { Count: 2 } two || Scalars.Text(two[0]) is not { } named || Scalars.Text(two[1]) is not { } attribute) return Arguments(function);
        var type = typeOf(named);
        return type is "AWS::EC2::VPC::Id" or "AWS::EC2::Subnet::Id" or "AWS::EC2::SecurityGroup::Id"
            ? Errors.NotSupported($"the parameter type {type} ({function} in Rules)")
            : Errors.Template($"{function}: parameters of type {type} have no attribute {attribute}.");
    }

    private static bool Same(JsonNode? a, JsonNode? b) => Deploy.Differences.Same(a, b);

    private static Wire.AwsError Arguments(string function) => Errors.Template($"{function} object has wrong arguments.");
}
