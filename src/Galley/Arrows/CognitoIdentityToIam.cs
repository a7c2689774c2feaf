using Galley.CognitoIdentity;
using Galley.Iam;
using Galley.Iam.Federation;

namespace Galley.Arrows;

/// <summary>Identity pools have IAM check tokens, and take roles as cognito-identity.amazonaws.com: the role's trust policy must say so.</summary>
internal sealed class CognitoIdentityToIam(IamService iam) : IReadLogins, IAssumeIdentityRoles
{
    private const string SessionName = "CognitoIdentityCredentials";

    /// <summary>What a guest can at most do, whatever the role says (https://docs.aws.amazon.com/cognito/latest/developerguide/iam-roles.html).</summary>
    private const string Guests =
        """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudwatch:*","logs:*","dynamodb:*","kinesis:*","mobileanalytics:*","s3:*","ses:*","sns:*","sqs:*","lambda:*","machinelearning:*","execute-api:*","iot:*","gamelift:*","cognito-identity:*","cognito-idp:*","cognito-sync:*","lex:*","polly:*","rekognition:*","translate:*","mobiletargeting:*","firehose:*","appsync:*","personalize:*","sagemaker:InvokeEndpoint","rum:PutRumEvents","comprehend:*","transcribe:*","sdb:*"],"Resource":["*"]}]}""";

    public async ValueTask<LoginToken?> Read(string token, Func<string, bool> isMeant)
    {
        if (await iam.ReadToken(token, isMeant) is not var (read, problem)) return null;
        return new LoginToken(read.Issuer, problem != TokenProblem.Signature, (long)read.Expires, problem == TokenProblem.Expired,
            read.Text("azp") is { } azp ? [.. read.Audience, azp] : read.Audience, read.Claims);
    }

    public async ValueTask<OidcLogin?> Provider(string arn) => await iam.OidcProvider(arn) is { } provider ? new OidcLogin(provider.Url, provider.ClientIds) : null;

    public async ValueTask<IdentityCredentials?> Assume(string roleArn, RoleIdentity identity)
    {
        var asked = new WebIdentity(WebIdentities.IdentityPools, WebIdentities.IdentityPools, identity.IdentityId, identity.PoolId, identity.Methods)
        {
            Tags = [.. identity.Tags.Select(tag => new Tag(tag.Key, tag.Value))],
        };
        return await iam.Assume(roleArn, asked, SessionName, identity.IsGuest ? [Guests] : []) is { } made
            ? new IdentityCredentials(made.AccessKeyId, made.SecretAccessKey, made.SessionToken, made.Expiration)
            : null;
    }
}
