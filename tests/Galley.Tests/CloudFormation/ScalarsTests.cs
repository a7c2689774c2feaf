using System.Text.Json.Nodes;

namespace Galley.Tests.CloudFormation;

public class ScalarsTests
{
    [Fact]
    public async Task Numbers_and_booleans_of_a_template_are_text_where_text_is_wanted()
    {
        await using var server = await StacksTests.Start();
        var js = new AwsJs(server);
        await js.Call("cloudformation", "CreateStack", new
        {
            StackName = "s",
            Capabilities = new[] { "CAPABILITY_IAM" },
            TemplateBody = """
                Resources:
                  Role:
                    Type: AWS::IAM::Role
                    Properties: {AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]}}
                  F:
                    Type: AWS::Lambda::Function
                    Properties:
                      FunctionName: f
                      Runtime: nodejs20.x
                      Handler: index.handler
                      Role: !GetAtt Role.Arn
                      Timeout: '7'
                      Environment: {Variables: {PORT: 8080, DEBUG: true, RATE: 1.50, NAME: text}}
                      Code: {ZipFile: 'exports.handler = async () => 1'}
                """,
        });
        Assert.Equal("CREATE_COMPLETE", (string)(await StacksTests.Settled(js, "s"))["StackStatus"]!);
        var made = await js.Call("lambda", "GetFunctionConfiguration", new { FunctionName = "f" });
        Assert.Equal(7, (int)made["Timeout"]!);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"PORT":"8080","DEBUG":"true","RATE":"1.50","NAME":"text"}"""), made["Environment"]!["Variables"]));
    }
}
