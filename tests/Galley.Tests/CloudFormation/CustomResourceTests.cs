using System.Text.Json.Nodes;
using Galley.Tests.Lambda;

namespace Galley.Tests.CloudFormation;

/// <summary>Custom resources through real functions that answer the response URL as they do on AWS.</summary>
public class CustomResourceTests
{
    private const string Role = """
          Role:
            Type: AWS::IAM::Role
            Properties: {AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]}}
        """;

    private const string Python = $$$"""
        Parameters: {Size: {Type: Number, Default: 1}, Fail: {Type: String, Default: 'no'}}
        Resources:
        {{{Role}}}
          Maker:
            Type: AWS::Lambda::Function
            Properties:
              Runtime: python3.12
              Handler: index.handler
              Role: !GetAtt Role.Arn
              Code:
                ZipFile: |
                  import cfnresponse, json
                  def handler(event, context):
                      p = event['ResourceProperties']
                      if p['Fail'] == event['RequestType']:
                          cfnresponse.send(event, context, cfnresponse.FAILED, {}, 'half-made', reason='refused on purpose')
                          return
                      data = {'Kind': event['ResourceType'], 'Sizes': p['Sizes'], 'Asked': event['RequestType'], 'Old': event.get('OldResourceProperties', {}).get('Sizes', ''), 'Deep': {'Er': 'x'}}
                      cfnresponse.send(event, context, cfnresponse.SUCCESS, data, 'thing-' + p['Sizes'][0])
          Thing:
            Type: Custom::Thing
            Properties: {ServiceToken: !GetAtt Maker.Arn, Sizes: [!Ref Size, true], Fail: !Ref Fail}
        Outputs:
          Ref: {Value: !Ref Thing}
          Kind: {Value: !GetAtt Thing.Kind}
          Sizes: {Value: !GetAtt Thing.Sizes}
          Asked: {Value: !GetAtt Thing.Asked}
          Deep: {Value: !GetAtt Thing.Deep.Er}
        """;

    [Fact]
    public async Task A_python_function_makes_changes_replaces_and_deletes_a_custom_resource()
    {
        await using var server = await StacksTests.Start();
        var js = new AwsJs(server);
        await js.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = Python, Capabilities = new[] { "CAPABILITY_IAM" } });
        var made = await StacksTests.Settled(js, "s");
        Assert.Equal("CREATE_COMPLETE", (string)made["StackStatus"]!);
        Assert.Equal(("thing-1", "Custom::Thing", """["1","true"]""", "Create", "x"), (Output(made, "Ref"), Output(made, "Kind"), Output(made, "Sizes"), Output(made, "Asked"), Output(made, "Deep")));

        await js.Call("cloudformation", "UpdateStack", new { StackName = "s", UsePreviousTemplate = true, Capabilities = new[] { "CAPABILITY_IAM" }, Parameters = new[] { new { ParameterKey = "Size", ParameterValue = "2" } } });
        var changed = await StacksTests.Settled(js, "s");
        Assert.Equal(("UPDATE_COMPLETE", "thing-2", "Update"), ((string)changed["StackStatus"]!, Output(changed, "Ref"), Output(changed, "Asked")));
        var events = await Events(js);
        // Another physical id is a replacement: the old thing goes in the clean-up.
        Assert.Contains(events, one => (string)one!["ResourceStatus"]! == "DELETE_COMPLETE" && (string?)one["PhysicalResourceId"] == "thing-1");

        var id = (string)changed["StackId"]!;
        await js.Call("cloudformation", "DeleteStack", new { StackName = "s" });
        Assert.Equal("DELETE_COMPLETE", (string)(await StacksTests.Settled(js, id))["StackStatus"]!);
    }

    [Fact]
    public async Task A_failure_is_told_word_for_word_and_what_it_left_is_deleted()
    {
        await using var server = await StacksTests.Start();
        var js = new AwsJs(server);
        await js.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = Python, Capabilities = new[] { "CAPABILITY_IAM" }, Parameters = new[] { new { ParameterKey = "Fail", ParameterValue = "Create" } } });
        Assert.Equal("ROLLBACK_COMPLETE", (string)(await StacksTests.Settled(js, "s"))["StackStatus"]!);
        var events = await Events(js);
        Assert.Contains(events, one => (string)one!["ResourceStatus"]! == "CREATE_FAILED" && ((string)one["ResourceStatusReason"]!).StartsWith("Received response status [FAILED] from custom resource. Message returned: refused on purpose (RequestId: ", StringComparison.Ordinal));
        Assert.Contains(events, one => (string)one!["ResourceStatus"]! == "DELETE_COMPLETE" && (string?)one["PhysicalResourceId"] == "half-made");
    }

    [Fact]
    public async Task A_node_function_answers_with_cfn_response()
    {
        await using var server = await StacksTests.Start();
        var js = new AwsJs(server);
        await js.Call("cloudformation", "CreateStack", new
        {
            StackName = "s",
            Capabilities = new[] { "CAPABILITY_IAM" },
            TemplateBody = $$$"""
                Resources:
                {{{Role}}}
                  Maker:
                    Type: AWS::Lambda::Function
                    Properties:
                      Runtime: nodejs20.x
                      Handler: index.handler
                      Role: !GetAtt Role.Arn
                      Code:
                        ZipFile: |
                          const response = require('cfn-response');
                          exports.handler = (event, context) => response.send(event, context, response.SUCCESS, { Answer: 42 }, 'made-by-node');
                  Thing:
                    Type: AWS::CloudFormation::CustomResource
                    Properties: {ServiceToken: !GetAtt Maker.Arn}
                Outputs:
                  Answer: {Value: !GetAtt Thing.Answer}
                """,
        });
        var stack = await StacksTests.Settled(js, "s");
        Assert.Equal(("CREATE_COMPLETE", "42"), ((string)stack["StackStatus"]!, Output(stack, "Answer")));
    }

    [Fact]
    public async Task No_answer_in_time_fails_the_resource_and_a_late_or_foreign_answer_finds_nobody()
    {
        await using var server = await StacksTests.Start();
        var js = new AwsJs(server);
        await js.Call("cloudformation", "CreateStack", new
        {
            StackName = "s",
            Capabilities = new[] { "CAPABILITY_IAM" },
            TemplateBody = $$$"""
                Resources:
                {{{Role}}}
                  Maker:
                    Type: AWS::Lambda::Function
                    Properties: {Runtime: python3.12, Handler: index.handler, Role: !GetAtt Role.Arn, Code: {ZipFile: "def handler(event, context): pass"}}
                  Thing:
                    Type: Custom::Mute
                    Properties: {ServiceToken: !GetAtt Maker.Arn, ServiceTimeout: 1}
                """,
        });
        await StacksTests.Settled(js, "s");
        Assert.Contains(await Events(js), one => ((string?)one!["ResourceStatusReason"])?.StartsWith("CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [", StringComparison.Ordinal) == true);
        using var http = new HttpClient();
        using var late = new HttpRequestMessage(HttpMethod.Put, $"{server.Endpoint}x?X-Amz-Signature=00") { Content = new StringContent("{}") };
        late.Headers.Host = "cloudformation-custom-resource-response-euwest2.s3.eu-west-2.amazonaws.com";
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, (await http.SendAsync(late)).StatusCode);
    }

    /// <summary>
    /// CloudFormation hands what a custom resource gave with NoEcho to outputs and to other resources as it is, and shows it nowhere else
    /// ("Custom resource response objects": APIs that display property values; the outputs were measured in go-to-k/cdkd issue 2274).
    /// </summary>
    [Fact]
    public async Task What_is_given_with_NoEcho_is_used_and_told_by_outputs_alone()
    {
        await using var server = await StacksTests.Start();
        var js = new AwsJs(server);
        var template = $$$"""
            Parameters: {Word: {Type: String, Default: first}}
            Resources:
            {{{Role}}}
              Maker:
                Type: AWS::Lambda::Function
                Properties:
                  Runtime: python3.12
                  Handler: index.handler
                  Role: !GetAtt Role.Arn
                  Code:
                    ZipFile: |
                      import cfnresponse
                      def handler(event, context):
                          cfnresponse.send(event, context, cfnresponse.SUCCESS, {'Secret': '-'.join(['hush', event['ResourceProperties']['Word']])}, 'thing', noEcho=True)
              Thing: {Type: Custom::Secret, Properties: {ServiceToken: !GetAtt Maker.Arn, Word: !Ref Word}}
              User: {Type: AWS::SSM::Parameter, Properties: {Name: used, Type: String, Value: !GetAtt Thing.Secret}}
            Outputs:
              Secret: {Value: !GetAtt Thing.Secret}
            """;
        await js.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = template, Capabilities = new[] { "CAPABILITY_IAM" } });
        var stack = await StacksTests.Settled(js, "s");
        Assert.Equal(("CREATE_COMPLETE", "hush-first"), ((string)stack["StackStatus"]!, Output(stack, "Secret")));
        Assert.Equal("hush-first", (string)(await js.Call("ssm", "GetParameter", new { Name = "used" }))["Parameter"]!["Value"]!);

        // A service that quotes it in an error is not repeated, whether it is new or as it was.
        foreach (var word in (string[])["first", "second"])
        {
            await js.Call("cloudformation", "UpdateStack", new
            {
                StackName = "s",
                TemplateBody = template.Replace("Outputs:", "  Bad: {Type: 'AWS::Logs::LogGroup', DependsOn: User, Properties: {LogGroupName: !Sub '${Thing.Secret} is no name'}}\nOutputs:", StringComparison.Ordinal),
                Capabilities = new[] { "CAPABILITY_IAM" },
                Parameters = new[] { new { ParameterKey = "Word", ParameterValue = word } },
            });
            Assert.Equal("UPDATE_ROLLBACK_COMPLETE", (string)(await StacksTests.Settled(js, "s"))["StackStatus"]!);
        }

        await js.Call("cloudformation", "CreateChangeSet", new { StackName = "s", ChangeSetName = "c", UsePreviousTemplate = true, Capabilities = new[] { "CAPABILITY_IAM" }, Parameters = new[] { new { ParameterKey = "Word", ParameterValue = "third" } } });
        Assert.Contains(await Events(js), one => ((string?)one!["ResourceStatusReason"])?.Contains("****", StringComparison.Ordinal) == true);
        foreach (var (command, input) in ((string, object)[])
                 [
                     ("DescribeStackEvents", new { StackName = "s" }), ("DescribeStackResources", new { StackName = "s" }), ("DescribeStackResource", new { StackName = "s", LogicalResourceId = "Thing" }),
                     ("ListStackResources", new { StackName = "s" }), ("DescribeEvents", new { StackName = "s" }), ("GetTemplate", new { StackName = "s" }),
                     ("DescribeChangeSet", new { StackName = "s", ChangeSetName = "c", IncludePropertyValues = true }),
                 ])
            Assert.DoesNotContain("hush-", (await js.Call("cloudformation", command, input)).ToJsonString(), StringComparison.Ordinal);
    }

    private static async Task<JsonArray> Events(AwsJs js) => (await js.Call("cloudformation", "DescribeStackEvents", new { StackName = "s" }))["StackEvents"]!.AsArray();

    internal static string? Output(JsonObject stack, string key)
        => (string?)stack["Outputs"]!.AsArray().FirstOrDefault(output => (string)output!["OutputKey"]! == key)?["OutputValue"];
}
