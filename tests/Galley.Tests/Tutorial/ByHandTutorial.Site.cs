using System.Text.Json.Nodes;
using Galley.Tests.CloudFront;

namespace Galley.Tests.Tutorial;

/// <summary>Parts G, H and I: the site in a bucket, the distribution before it, CORS and the authorizer.</summary>
public sealed partial class TutorialByHand
{
    internal const string Bucket = "cook-recipe-app", Rest = "https://cook-recipe-app.s3.eu-west-2.amazonaws.com", Index = "<!doctype html><title>Recipes</title>";

    private const string PublicRead =
        """{"Version":"2012-10-17","Statement":[{"Sid":"PublicReadGetObject","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::cook-recipe-app/*"}]}""";

    internal static readonly (string Key, string Type)[] Build =
    [
        ("asset-manifest.json", "application/json"), ("favicon.ico", "image/vnd.microsoft.icon"), ("index.html", "text/html"),
        ("static/css/main.css", "text/css"), ("static/js/main.js", "text/javascript"),
    ];

    private string _distribution = "";

    /// <summary>The key that signs the other pool's tokens.</summary>
    internal string OtherKid { get; private set; } = "";

    internal string Site => "https://" + (string)Answer("CreateDistribution")["Distribution"]!["DomainName"]!;

    private async Task PublishSite()
    {
        await Do("CreateBucket", "s3", "CreateBucket", new { Bucket, CreateBucketConfiguration = new { LocationConstraint = Region } });
        await Do("GetPublicAccessBlock", "s3", "GetPublicAccessBlock", new { Bucket });
        await Do("GetBucketOwnershipControls", "s3", "GetBucketOwnershipControls", new { Bucket });
        foreach (var (key, type) in Build)
        {
            await _js!.Call("s3", "PutObject", new { Bucket, Key = key, ContentType = type, Body = key == "index.html" ? Index : "/* " + key + " */" });
            await Do("Head " + key, "s3", "HeadObject", new { Bucket, Key = key });
        }

        await Do("ListObjectsV2", "s3", "ListObjectsV2", new { Bucket });
        await Do("PutBucketWebsite", "s3", "PutBucketWebsite", new { Bucket, WebsiteConfiguration = new { IndexDocument = new { Suffix = "index.html" }, ErrorDocument = new { Key = "index.html" } } });
        await Open("private index", Rest + "/index.html");
        await Refused("PolicyBlocked", "s3", "PutBucketPolicy", new { Bucket, Policy = PublicRead });
        await Do("PutPublicAccessBlock", "s3", "PutPublicAccessBlock", new
        {
            Bucket,
            PublicAccessBlockConfiguration = new { BlockPublicAcls = false, IgnorePublicAcls = false, BlockPublicPolicy = false, RestrictPublicBuckets = false },
        });
        await Do("PutBucketPolicy", "s3", "PutBucketPolicy", new { Bucket, Policy = PublicRead });
        await Do("GetBucketPolicyStatus", "s3", "GetBucketPolicyStatus", new { Bucket });
        const string Website = "http://cook-recipe-app.s3-website.eu-west-2.amazonaws.com";
        await Open("website", Website + "/");
        await Open("website unknown", Website + "/recipes");
        await Open("index", Rest + "/index.html");
        await Open("root", Rest + "/");
        await Open("deep link", Rest + "/recipes");
    }

    private async Task MakeDistribution()
    {
        await Do("CreateDistribution", "cloudfront", "CreateDistribution", new JsonObject { ["DistributionConfig"] = Configs.Bucket(Bucket) });
        _distribution = (string)Answer("CreateDistribution")["Distribution"]!["Id"]!;
        await Do("GetDistributionConfig", "cloudfront", "GetDistributionConfig", new { Id = _distribution });
        var config = Answer("GetDistributionConfig")["DistributionConfig"]!.DeepClone().AsObject().With("Comment", "edited while it is deployed");
        JsonObject Edit() => new() { ["Id"] = _distribution, ["IfMatch"] = (string)Answer("GetDistributionConfig")["ETag"]!, ["DistributionConfig"] = config.DeepClone() };
        await Do("UpdateDistribution", "cloudfront", "UpdateDistribution", Edit());
        await Refused("StaleETag", "cloudfront", "UpdateDistribution", Edit());
        _clock.Advance(TimeSpan.FromSeconds(1));
        await Do("GetDistribution", "cloudfront", "GetDistribution", new { Id = _distribution });
        await Open("http", Site.Replace("https:", "http:", StringComparison.Ordinal) + "/x");
        await Open("site", Site + "/");
        await Open("authenticate", Site + "/authenticate?code=x");
        await SetClient("CallbackAtSite", Site + "/authenticate", Site + "/logout");
        await Open("login for site", $"https://{SignInHost}/login?response_type=code&client_id={ClientId}&redirect_uri={Site}/authenticate");
        await Open("login for google", $"https://{SignInHost}/login?{LoginQuery}");
    }

    private async Task AllowOrigin()
    {
        await Do("Cors", "apigatewayv2", "UpdateApi", new { ApiId, CorsConfiguration = new { AllowOrigins = new[] { Site }, AllowHeaders = new[] { "authorization" }, AllowMethods = new[] { "GET" } } });
        await Preflight("preflight", Site);
        await Preflight("evil preflight", "https://evil.example");
        await Open("evil get", ApiUrl + "/foo", "GET", ("Origin", "https://evil.example"));
    }

    private Task Preflight(string kept, string origin)
        => Open(kept, ApiUrl + "/recipes", "OPTIONS", ("Origin", origin), ("Access-Control-Request-Method", "GET"), ("Access-Control-Request-Headers", "authorization"));

    private async Task Authorize()
    {
        await Do("CreateAuthorizer", "apigatewayv2", "CreateAuthorizer", new
        {
            ApiId,
            Name = "cognito",
            AuthorizerType = "JWT",
            IdentitySource = new[] { "$request.header.Authorization" },
            JwtConfiguration = new { Issuer = $"https://cognito-idp.{Region}.amazonaws.com/{PoolId}", Audience = new[] { ClientId } },
        });
        await Do("AttachAuthorizer", "apigatewayv2", "UpdateRoute", new
        {
            ApiId,
            RouteId = (string)Answer("CreateRoute")["RouteId"]!,
            AuthorizationType = "JWT",
            AuthorizerId = (string)Answer("CreateAuthorizer")["AuthorizerId"]!,
        });
        await Preflight("preflight with authorizer", Site);
        await Open("no token", ApiUrl + "/recipes");
        await Open("token stays open", ApiUrl + "/token/abc");

        await _js!.Call(Idp, "AdminCreateUser", new { UserPoolId = OtherPoolId, Username = User, MessageAction = "SUPPRESS" });
        await _js.Call(Idp, "AdminSetUserPassword", new { UserPoolId = OtherPoolId, Username = User, Password, Permanent = true });
        await WithToken("other client", await ForeignToken(PoolId));
        var foreign = await ForeignToken(OtherPoolId);
        OtherKid = (string)JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(foreign.Split('.')[0]))!["kid"]!;
        await WithToken("other pool", foreign);
        if (!HasRequests) return;
        if (HasBoto3) await WithToken("with Bearer", AccessToken);
        if (HasBoto3) await Open("without Bearer", ApiUrl + "/recipes", "GET", ("Authorization", AccessToken));
        var parts = AccessToken.Split('.');
        await WithToken("tampered", $"{parts[0]}.{parts[1]}.{(parts[2][0] == 'A' ? 'B' : 'A')}{parts[2][1..]}");
        _clock.Advance(TimeSpan.FromHours(1));
        await WithToken("expired", AccessToken);
    }

    private Task WithToken(string kept, string token) => Open(kept, ApiUrl + "/recipes", "GET", ("Authorization", "Bearer " + token));
}
