using Galley.Wire;

namespace Galley.ApiGateway;

/// <summary>API Gateway's errors in its own words.</summary>
internal static class Errors
{
    public static AwsError BadRequest(string message) => new("BadRequestException", message);

    public static AwsError Conflict(string message) => new("ConflictException", message, 409);

    public static AwsError NoApi(string account, string apiId) => NotFound($"Invalid API identifier specified {account}:{apiId}");

    public static AwsError NoRoute(string id) => NotFound($"Invalid Route identifier specified {id}");

    public static AwsError NoIntegration(string id) => NotFound($"Invalid Integration identifier specified {id}");

    public static AwsError NoAuthorizer(string id) => NotFound($"Invalid Authorizer identifier specified {id}");

    public static AwsError NoStage(string _) => NotFound("Invalid stage identifier specified");

    public static AwsError NoDeployment(string id) => NotFound($"Invalid Deployment identifier specified {id}");

    public static AwsError NotFound(string message) => new("NotFoundException", message, 404);

    /// <summary>Texts of AWS's as its clients' users report them.</summary>
    public static AwsError WrongAuthorizer(string type)
        => BadRequest($"Invalid authorizer ID specified. Setting the authorization type to {(type == "JWT" ? "JWT requires a valid JWT authorizer" : "CUSTOM or COGNITO_USER_POOLS requires a valid authorizer")}.");

    public static AwsError ScopesWithoutTokens() => BadRequest("Invalid Route authorization type specified. Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization types");

    public static AwsError Unsupported(string what) => BadRequest($"Galley does not support {what}.");

    public static AwsError Missing(string parameter) => BadRequest($"Missing required parameter: {parameter}");
}
