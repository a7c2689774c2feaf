using Galley.Wire;
using Microsoft.AspNetCore.Http;

namespace Galley.ApiGateway.Invoke;

/// <summary>
/// `AWS_IAM`: the request is signed for `execute-api`, by the same rules as a call of the AWS API, and the signer's own policies allow
/// `execute-api:Invoke` on the route. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html
/// </summary>
internal sealed class IamAuthorizer(Installation installation, IJudgeInvocations judge) : IAuthorizer
{
    private static readonly JsonService Service = new("execute-api", Protocol.RestJson, () => ApiGatewayJson.Default, "/");
    private static readonly Operation Invoke = new("Invoke", "execute-api:Invoke", _ => throw new NotSupportedException());

    public string Name => "signature";

    public bool NeedsBody => true;

    public async ValueTask<Refusal?> Check(Exchange exchange)
    {
        var request = new ApiRequest(exchange.Http, exchange.SignedPath, exchange.RawQuery) { Body = exchange.Body };
        Principal caller;
        try
        {
            var rules = installation.SignatureRules(exchange.Http, exchange.Api.Keys.Region, exchange.Api.Keys.Account);
            caller = await SigV4.Authenticate(request, Service, Invoke, rules, judge.Find, exchange.Trail);
        }
        catch (AwsError error)
        {
            return new Refusal(StatusCodes.Status403Forbidden, null, error.Code) { Detail = "the route asks for a request signed for execute-api (AWS_IAM)", Fix = "sign with SigV4 for the service execute-api in the API's region" };
        }

        if (request.Credential is not { } credential || credential.Region != exchange.Api.Keys.Region)
            return new Refusal(StatusCodes.Status403Forbidden, null, $"the request is signed for the region {request.Credential?.Region}, the API is in {exchange.Api.Keys.Region}");
        if (!await judge.Allows(caller, exchange.RouteArn, exchange.Conditions()))
            return new Refusal(StatusCodes.Status403Forbidden, null, $"User: {caller.Arn} is not authorized to perform: execute-api:Invoke on resource: {exchange.RouteArn}") { Check = "policy", Fix = $"give {caller.Arn} a policy that allows execute-api:Invoke on {exchange.RouteArn}" };
        exchange.Caller = caller;
        return null;
    }
}
