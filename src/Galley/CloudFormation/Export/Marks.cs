using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Galley.CloudFormation.Export;

/// <summary>
/// The values by which resources are known in what others say: ids and attributes anywhere in a text, names where nothing but a name is
/// expected. The longest counts.
/// </summary>
internal sealed class Marks
{
    /// <summary>Shorter values are words that mean something else as often.</summary>
    private const int ShortestAttribute = 8;

    /// <summary>Types whose `Ref` is a name that a person chose.</summary>
    private static readonly HashSet<string> Chosen =
    [
        "AWS::DynamoDB::Table", "AWS::Lambda::Function", "AWS::S3::Bucket", "AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group", "AWS::Logs::LogGroup", "AWS::SSM::Parameter", "AWS::ApiGatewayV2::DomainName", "AWS::ECR::Repository", "AWS::CloudFront::KeyValueStore",
    ];

    /// <summary>Types that nothing refers to by their `Ref`.</summary>
    private static readonly HashSet<string> Unreferred =
    [
        "AWS::Lambda::Permission", "AWS::Lambda::Url", "AWS::Lambda::EventInvokeConfig", "AWS::S3::BucketPolicy", "AWS::ApiGatewayV2::Stage", "AWS::ApiGatewayV2::Route", "AWS::Cognito::UserPoolDomain",
        "AWS::Cognito::UserPoolGroup", "AWS::Cognito::UserPoolResourceServer", "AWS::Cognito::UserPoolIdentityProvider", "AWS::Cognito::IdentityPoolRoleAttachment",
    ];

    /// <summary>Members in which a name stands for the thing.</summary>
    private static readonly HashSet<string> NameMembers = ["Bucket", "FunctionName", "RoleName", "DomainName", "LogGroup", "TableName"];

    private readonly Dictionary<string, Mark> _marks = [];
    private readonly Dictionary<string, Mark> _names = [];
    private Regex? _pattern;

    /// <param name="LogicalId">Null for a pseudo parameter.</param>
    /// <param name="Attribute">Null for `Ref`; the pseudo parameter's name.</param>
    private sealed record Mark(string? LogicalId, string? Attribute);

    public static Marks Of(IEnumerable<(string Type, string LogicalId, ScannedResource Resource)> resources, string account, string region)
    {
        var marks = new Marks();
        foreach (var (type, logicalId, resource) in resources)
        {
            foreach (var (name, value) in resource.Attributes)
                if (value.Length >= ShortestAttribute && value != resource.PhysicalId) marks._marks.TryAdd(value, new Mark(logicalId, name));
            if (Chosen.Contains(type)) marks._names.TryAdd(resource.PhysicalId, new Mark(logicalId, null));
            else if (!Unreferred.Contains(type)) marks._marks[resource.PhysicalId] = new Mark(logicalId, null);
        }

        marks._marks.TryAdd(account, new Mark(null, "AWS::AccountId"));
        marks._marks.TryAdd(region, new Mark(null, "AWS::Region"));
        marks._pattern = new Regex($@"(?<![A-Za-z0-9_])(?:{string.Join('|', marks._marks.Keys.OrderByDescending(mark => mark.Length).Select(Regex.Escape))})(?![A-Za-z0-9_])", RegexOptions.CultureInvariant);
        return marks;
    }

    /// <summary>The text with references in it, or as it is.</summary>
    /// <param name="text">What a resource says.</param>
    /// <param name="path">Where: `Environment.Variables.TABLE`.</param>
    /// <param name="self">Its logical id.</param>
    /// <param name="refer">Whether it may refer to another.</param>
    public JsonNode Write(string text, string path, string self, Func<string, bool> refer)
    {
        var member = path[(path.LastIndexOf('.') + 1)..];
        if ((NameMembers.Contains(member) || path.StartsWith("Environment.Variables.", StringComparison.Ordinal)) && _names.TryGetValue(text, out var named) && named.LogicalId != self && refer(named.LogicalId!))
            return new JsonObject { ["Ref"] = named.LogicalId };
        if (IsWords(path, member)) return JsonValue.Create(text);
        var (parts, from, whole) = (new StringBuilder(), 0, (Mark?)null);
        foreach (Match match in _pattern!.Matches(text))
        {
            var mark = _marks[match.Value];
            // A region or an account by itself is seldom one: only within a longer text.
            if (mark.LogicalId is null ? match.Length == text.Length : mark.LogicalId == self || !refer(mark.LogicalId)) continue;
            parts.Append(Literal(text[from..match.Index])).Append("${").Append(mark.LogicalId is null ? mark.Attribute : mark.Attribute is null ? mark.LogicalId : $"{mark.LogicalId}.{mark.Attribute}").Append('}');
            from = match.Index + match.Length;
            if (match.Length == text.Length) whole = mark;
        }

        if (whole is { LogicalId: { } id }) return whole.Attribute is null ? new JsonObject { ["Ref"] = id } : new JsonObject { ["Fn::GetAtt"] = new JsonArray(id, whole.Attribute) };
        return from == 0 ? JsonValue.Create(text) : new JsonObject { ["Fn::Sub"] = parts.Append(Literal(text[from..])).ToString() };
    }

    /// <summary>What people wrote for people, and code, is left alone; so are names of the resource's own.</summary>
    private static bool IsWords(string path, string member)
        => member is "Description" or "Comment" or "FunctionCode" or "EncodedKey" or "RouteKey" or "CSS" || !path.Contains('.', StringComparison.Ordinal) && member.EndsWith("Name", StringComparison.Ordinal) && member is not ("FunctionName" or "DomainName");

    private static string Literal(string text) => text.Replace("${", "${!", StringComparison.Ordinal);
}
