namespace Galley.Tests.Cognito;

/// <summary>What the service model says of the members of a call, in AWS's words.</summary>
public class ConstraintsTests
{
    [Theory]
    [InlineData("DescribeUserPool", """{"UserPoolId":"foo"}""", @"1 validation error detected: Value 'foo' at 'userPoolId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+")]
    [InlineData("AdminGetUser", """{"UserPoolId":"eu-west-2_a"}""", "1 validation error detected: Value null at 'username' failed to satisfy constraint: Member must not be null")]
    [InlineData("AdminGetUser", """{"UserPoolId":"eu-west-2_a","Username":""}""", @"2 validation errors detected: Value at 'username' failed to satisfy constraint: Member must have length greater than or equal to 1; Value at 'username' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+")]
    [InlineData("AdminGetUser", """{"UserPoolId":"foo","Username":"a b"}""", @"2 validation errors detected: Value 'foo' at 'userPoolId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+; Value at 'username' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+")]
    [InlineData("CreateUserPool", """{"PoolName":"a/b"}""", @"1 validation error detected: Value 'a/b' at 'poolName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w\s+=,.@-]+")]
    [InlineData("ListUsers", """{"UserPoolId":"eu-west-2_a","Limit":61}""", "1 validation error detected: Value '61' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 60")]
    [InlineData("ListUsers", """{"UserPoolId":"eu-west-2_a","Limit":-1}""", "1 validation error detected: Value '-1' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 0")]
    [InlineData("CreateUserPool", """{"PoolName":"p","Policies":{"PasswordPolicy":{"PasswordHistorySize":25}}}""", "1 validation error detected: Value '25' at 'policies.passwordPolicy.passwordHistorySize' failed to satisfy constraint: Member must have value less than or equal to 24")]
    public async Task A_member_against_the_model_is_refused_in_AWSs_words(string operation, string input, string text)
    {
        await using var fixture = await Fixture.Start();
        var error = await fixture.Fails(operation, System.Text.Json.JsonSerializer.Deserialize<System.Text.Json.Nodes.JsonObject>(input)!);
        Assert.Equal(("InvalidParameterException", text), (error.Code, error.Text));
    }

    [Theory]
    [InlineData("GetUser", """{"AccessToken":""}""", "1 validation error detected: Value at 'accessToken' failed to satisfy constraint: Member must satisfy regular expression pattern: [A-Za-z0-9-_=.]+")]
    [InlineData("RespondToAuthChallenge", """{"ClientId":"c","ChallengeName":"SMS_MFA","Session":"short"}""", "1 validation error detected: Value at 'session' failed to satisfy constraint: Member must have length greater than or equal to 20")]
    [InlineData("SignUp", """{"ClientId":"a b","Username":"bob","Password":"Passw0rd!"}""", @"1 validation error detected: Value 'a b' at 'clientId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+]+")]
    public async Task So_is_one_of_a_call_without_a_signature(string operation, string input, string text)
    {
        await using var fixture = await Fixture.Start();
        var (status, body) = await fixture.Raw(operation, System.Text.Json.JsonSerializer.Deserialize<System.Text.Json.Nodes.JsonObject>(input)!);
        Assert.Equal((400, "InvalidParameterException", text), (status, (string)System.Text.Json.Nodes.JsonNode.Parse(body)!["__type"]!, (string)System.Text.Json.Nodes.JsonNode.Parse(body)!["message"]!));
    }
}
