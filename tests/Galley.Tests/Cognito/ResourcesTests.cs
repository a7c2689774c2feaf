using Galley.Tests.CloudFormation;

namespace Galley.Tests.Cognito;

public class ResourcesTests
{
    [Fact]
    public async Task A_stack_makes_changes_and_deletes_a_pool_with_all_that_belongs_to_it()
    {
        const string template = """
            Parameters: {Callback: {Type: String, Default: 'https://www.google.com/authenticate'}}
            Resources:
              Pool:
                Type: AWS::Cognito::UserPool
                Properties:
                  UserPoolName: CookRecipePool
                  AutoVerifiedAttributes: [email]
                  Schema: [{Name: email, Required: true, Mutable: true}, {Name: diet, AttributeDataType: String, StringAttributeConstraints: {MaxLength: 20}}]
              App:
                Type: AWS::Cognito::UserPoolClient
                Properties:
                  UserPoolId: !Ref Pool
                  GenerateSecret: 'true'
                  SupportedIdentityProviders: [COGNITO]
                  CallbackURLs: [!Ref Callback]
                  AllowedOAuthFlows: [code]
                  AllowedOAuthScopes: [openid, email]
                  AllowedOAuthFlowsUserPoolClient: true
              Domain: {Type: 'AWS::Cognito::UserPoolDomain', Properties: {Domain: cook-recipes-app, UserPoolId: !Ref Pool}}
              Cooks: {Type: 'AWS::Cognito::UserPoolGroup', Properties: {GroupName: cooks, UserPoolId: !Ref Pool, Precedence: 1}}
              Api: {Type: 'AWS::Cognito::UserPoolResourceServer', Properties: {Identifier: api, Name: api, UserPoolId: !Ref Pool, Scopes: [{ScopeName: read, ScopeDescription: r}]}}
              Alice: {Type: 'AWS::Cognito::UserPoolUser', Properties: {Username: alice, UserPoolId: !Ref Pool, MessageAction: SUPPRESS, UserAttributes: [{Name: email, Value: a@example.com}]}}
            Outputs:
              Pool: {Value: !Ref Pool}
              Issuer: {Value: !GetAtt Pool.ProviderURL}
              Client: {Value: !Ref App}
              Secret: {Value: !GetAtt App.ClientSecret}
              Domain: {Value: !Ref Domain}
            """;
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012", PasswordRounds = 10 });
        var js = new AwsJs(server);
        await js.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = template });
        var stack = await StacksTests.Settled(js, "s");
        Assert.Equal("CREATE_COMPLETE", (string)stack["StackStatus"]!);
        var outputs = stack["Outputs"]!.AsArray().ToDictionary(output => (string)output!["OutputKey"]!, output => (string)output!["OutputValue"]!);
        Assert.Equal($"https://cognito-idp.eu-west-2.amazonaws.com/{outputs["Pool"]}", outputs["Issuer"]);
        Assert.Matches("^[a-z0-9]{51}$", outputs["Secret"]);
        Assert.Equal("cook-recipes-app", outputs["Domain"]);
        Assert.Equal("FORCE_CHANGE_PASSWORD", (string)(await js.Call("cognito-identity-provider", "AdminGetUser", new { UserPoolId = outputs["Pool"], Username = "alice" }))["UserStatus"]!);

        await js.Call("cloudformation", "UpdateStack", new { StackName = "s", TemplateBody = template, Parameters = new[] { new { ParameterKey = "Callback", ParameterValue = "https://d1.cloudfront.net/authenticate" } } });
        Assert.Equal("UPDATE_COMPLETE", (string)(await StacksTests.Settled(js, "s"))["StackStatus"]!);
        var client = (await js.Call("cognito-identity-provider", "DescribeUserPoolClient", new { UserPoolId = outputs["Pool"], ClientId = outputs["Client"] }))["UserPoolClient"]!;
        Assert.Equal("""["https://d1.cloudfront.net/authenticate"]""", client["CallbackURLs"]!.ToJsonString());
        Assert.Equal(outputs["Secret"], (string)client["ClientSecret"]!);

        await js.Call("cloudformation", "DeleteStack", new { StackName = "s" });
        Assert.Equal("DELETE_COMPLETE", (string)(await StacksTests.Settled(js, (string)stack["StackId"]!))["StackStatus"]!);
        Assert.Empty((await js.Call("cognito-identity-provider", "ListUserPools", new { MaxResults = 10 }))["UserPools"]!.AsArray());
    }
}
