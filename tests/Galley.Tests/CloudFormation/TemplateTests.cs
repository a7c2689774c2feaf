using System.Diagnostics;
using System.Text.Json.Nodes;
using Galley.CloudFormation.Template;
using Galley.Wire;

namespace Galley.Tests.CloudFormation;

public class TemplateTests
{
    [Fact]
    public void Short_forms_are_functions_and_scalars_keep_their_spelling()
    {
        var root = TemplateText.Parse("""
            A: !GetAtt B.C.D
            R: !Ref X
            S: !Sub ['${a}', {a: !Join [',', [x, !Select [0, !Split ['|', 'y|z']]]]}]
            N: [10, 1.50, 007, 1e5, true, 2012-10-17, "10", yes]
            """);
        Assert.Equal("""{"A":{"Fn::GetAtt":["B","C.D"]},"R":{"Ref":"X"},"S":{"Fn::Sub":["${a}",{"a":{"Fn::Join":[",",["x",{"Fn::Select":[0,{"Fn::Split":["|","y|z"]}]}]]}}]},"N":[10,1.50,"007","1e5",true,"2012-10-17","10","yes"]}""", root.ToJsonString());
    }

    [Theory]
    [InlineData("a: &x 1\nb: *x", "Template error: YAML aliases are not allowed in CloudFormation templates")]
    [InlineData("a:\n  <<: {b: 1}", "Template error: YAML hash merges are not allowed in CloudFormation templates")]
    [InlineData("a: !Evil x", "Template format error: unsupported YAML tag !Evil (line 1)")]
    [InlineData("a: !!python/object x", "Template format error: unsupported YAML tag tag:yaml.org,2002:python/object (line 1)")]
    [InlineData("a: 1\na: 2", "Template format error: YAML not well-formed. (duplicate key a, line 2, column 1)")]
    [InlineData("- a", "Template format error: unsupported structure.")]
    [InlineData("{\"Resources\": {\"A\": x}}", "Template format error: JSON not well-formed. (line 1, column 21)")]
    [InlineData("{\"Resources\": {}, \"Resources\": {}}", "Template format error: JSON not well-formed. (line 1, column 1)")]
    public void Rows_136_137_what_is_not_CloudFormations_YAML_or_JSON_is_refused(string text, string message)
        => Assert.Equal(message, Assert.Throws<AwsError>(() => TemplateText.Parse(text)).Message);

    [Theory]
    [InlineData("Resources: {}", "Template format error: At least one Resources member must be defined.")]
    [InlineData("Resources: {A: {Properties: {}}}", "Template format error: [/Resources/A] Every Resources object must contain a Type member.")]
    [InlineData("Resources: {A: {Type: T, Properties: {P: !Ref B}}}", "Template format error: Unresolved resource dependencies [B] in the Resources block of the template")]
    [InlineData("Resources: {A: {Type: T}}\nOutputs: {O: {Value: !GetAtt B.C}}", "Unresolved resource dependencies [B] in the Outputs block of the template")]
    [InlineData("Resources: {A: {Type: T, Properties: {P: !Ref B}}, B: {Type: T, DependsOn: A}}", "Circular dependency between resources: [A, B]")]
    [InlineData("Resources: {A: {Type: T, Properties: {P: }}}", "Template format error: [/Resources/A/Properties/P] 'null' values are not allowed in templates")]
    [InlineData("Resources: {A: {Type: T, Color: x}}", "Invalid template resource property 'Color'")]
    [InlineData("Resources: {A: {Type: T}}\nStuff: x", "Invalid template property or properties [Stuff]")]
    [InlineData("Resources: {A: {Type: T}}\nHooks: {R: {}}", "Template error: Galley does not support the Hooks section.")]
    [InlineData("Resources: {A: {Type: T, Properties: {P: '{{resolve:secretsmanager:x}}'}}}", "Template error: Galley does not support dynamic references such as {{resolve:secretsmanager:x}}.")]
    [InlineData("Resources: {A: {Type: T, Properties: {P: !GetAtt A}}}", "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute")]
    public void Rows_137_139_a_template_that_cannot_work_is_refused_before_anything_is_made(string text, string message)
        => Assert.Equal(message, Assert.Throws<AwsError>(() => StackTemplate.ReadWhole(TemplateText.Parse(text))).Message);

    [Theory]
    [InlineData("!Sub 'a-${P}-${AWS::Region}-${R.Arn}-${!Lit}'", "\"a-one-eu-west-2-arn:r-${Lit}\"")]
    [InlineData("!Sub ['${x}${P}', {x: !Ref R}]", "\"id:rone\"")]
    [InlineData("!Join ['/', [a, !Ref P, !Ref AWS::NoValue, 5]]", "\"a/one/5\"")]
    [InlineData("!Select [1, !Ref L]", "\"b\"")]
    [InlineData("!If [IsOne, yes, no]", "\"yes\"")]
    [InlineData("!If [Never, x, {a: !Ref AWS::NoValue, b: 1}]", "{\"b\":1}")]
    [InlineData("!FindInMap [M, eu-west-2, K]", "\"V\"")]
    [InlineData("Fn::Base64: hello", "\"aGVsbG8=\"")]
    [InlineData("!GetAZs ''", "[\"eu-west-2a\",\"eu-west-2b\",\"eu-west-2c\"]")]
    [InlineData("!Cidr [10.0.0.0/16, 2, 8]", "[\"10.0.0.0/24\",\"10.0.1.0/24\"]")]
    [InlineData("!ImportValue shared", "\"given\"")]
    [InlineData("Fn::Length: [a, b]", "2")]
    [InlineData("Fn::ToJsonString: {a: [!Ref P]}", "\"{\\u0022a\\u0022:[\\u0022one\\u0022]}\"")]
    public void Functions_resolve(string expression, string json) => Assert.Equal(json, Resolve(expression)?.ToJsonString());

    [Theory]
    [InlineData("!FindInMap [M, x, K]", "Template error: Unable to get mapping for M::x::K")]
    [InlineData("!If [Nope, a, b]", "Template error: unresolved condition dependency Nope in Fn::If")]
    [InlineData("!ImportValue nope", "No export named nope found.")]
    [InlineData("!GetAtt R.Nope", "Template error: resource R does not support attribute type Nope in Fn::GetAtt")]
    [InlineData("!Select [9, !Ref L]", "Template error: Fn::Select cannot select nonexistent value at index 9")]
    public void Functions_that_cannot_resolve_say_why(string expression, string message)
        => Assert.Equal(message, Assert.Throws<AwsError>(() => Resolve(expression)).Message);

    [Fact]
    public void Row_139_a_template_cannot_grow_without_end()
    {
        var expression = "!Sub '${P}'";
        for (var i = 0; i < 40; i++) expression = $"!Sub ['${{x}}${{x}}', {{x: {expression}}}]";
        var watch = Stopwatch.StartNew();
        Assert.StartsWith("Template error: the functions of the template make more than", Assert.Throws<AwsError>(() => Resolve(expression)).Message, StringComparison.Ordinal);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1));
    }

    [Theory]
    [InlineData("{Type: String, AllowedValues: [a, b]}", "c", "Parameter 'P' must be one of AllowedValues")]
    [InlineData("{Type: String, AllowedPattern: '[a-z]+'}", "a1", "Parameter 'P' must match pattern [a-z]+")]
    [InlineData("{Type: String, AllowedPattern: '[a-z]+', ConstraintDescription: letters}", "1", "Parameter 'P' failed to satisfy constraint: letters")]
    [InlineData("{Type: String, MinLength: 3}", "ab", "Parameter 'P' must contain at least 3 characters")]
    [InlineData("{Type: Number, MaxValue: 5}", "6", "Parameter 'P' must be a number not greater than 5")]
    [InlineData("{Type: Number}", "x", "Parameter 'P' must be a number")]
    public void A_parameter_holds_its_constraints(string declaration, string value, string message)
        => Assert.Equal(message, Assert.Throws<AwsError>(() => Declared(declaration).Check(value)).Message);

    [Fact]
    public void Row_140_a_pattern_is_decided_at_once_whatever_it_is()
    {
        var watch = Stopwatch.StartNew();
        Assert.Throws<AwsError>(() => Declared("{Type: String, AllowedPattern: '^(a+)+$'}").Check(new string('a', 32) + "!"));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1));
    }

    private static Parameter Declared(string declaration) => Parameter.Read("P", (JsonObject)TemplateText.Parse("X: " + declaration)["X"]!);

    private static JsonNode? Resolve(string expression)
    {
        var template = StackTemplate.Read(TemplateText.Parse("""
            Parameters: {P: {Type: String}, L: {Type: CommaDelimitedList}}
            Mappings: {M: {eu-west-2: {K: V}}}
            Conditions: {IsOne: !Equals [!Ref P, one], Never: !And [!Not [!Condition IsOne], !Equals [a, a]]}
            Resources: {R: {Type: T}}
            Metadata:
              X:
                EXPRESSION
            """.Replace("EXPRESSION", expression, StringComparison.Ordinal)));
        return new Intrinsics(new Scope
        {
            Template = template,
            Parameters = new Dictionary<string, string> { ["P"] = "one", ["L"] = "a, b" },
            Account = "123456789012",
            Region = "eu-west-2",
            StackName = "s",
            StackId = "arn:s",
            Exports = new Dictionary<string, string> { ["shared"] = "given" },
            Resource = (name, attribute) => name != "R" ? null : attribute switch
            {
                null => "id:r",
                "Arn" => "arn:r",
                _ => throw Galley.CloudFormation.Errors.Template($"resource {name} does not support attribute type {attribute} in Fn::GetAtt"),
            },
        }).Resolve(template.Root["Metadata"]!["X"]);
    }
}
