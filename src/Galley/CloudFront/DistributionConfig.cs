using System.Xml.Linq;
using static Galley.CloudFront.Shape;

namespace Galley.CloudFront;

/// <summary>`DistributionConfig`: every member CloudFront has that Galley honours, in AWS's order, with AWS's defaults.</summary>
internal static class DistributionConfig
{
    private const long Year = 31_536_000;

    public static readonly Structure Shape = Structure("DistributionConfig", false,
        Text("CallerReference") with { Required = true },
        List("Aliases", "CNAME"),
        Text("DefaultRootObject", ""),
        List("Origins", Origin()) with { Required = true, Least = 1 },
        List("OriginGroups", OriginGroup()),
        Behavior("DefaultCacheBehavior", Text("TargetOriginId") with { Required = true }) with { Required = true },
        List("CacheBehaviors", Behavior("CacheBehavior", Text("PathPattern") with { Required = true }, Text("TargetOriginId") with { Required = true })),
        List("CustomErrorResponses", Structure("CustomErrorResponse", false,
            Text("ErrorCode", null, "400", "403", "404", "405", "414", "416", "500", "501", "502", "503", "504") with { Required = true },
            Text("ResponsePagePath", ""), Text("ResponseCode", ""), Number("ErrorCachingMinTTL", null, 0, Year))),
        Text("Comment", ""),
        Structure("Logging", true, Flag("Enabled", "false"), Flag("IncludeCookies", "false"), Text("Bucket", ""), Text("Prefix", "")),
        Text("PriceClass", "PriceClass_All", "PriceClass_All", "PriceClass_100", "PriceClass_200"),
        Flag("Enabled") with { Required = true },
        Structure("ViewerCertificate", true,
            Flag("CloudFrontDefaultCertificate"), Text("IAMCertificateId") with { JsonName = "IamCertificateId", DropEmpty = true },
            Text("ACMCertificateArn") with { JsonName = "AcmCertificateArn", DropEmpty = true },
            Text("SSLSupportMethod", "vip", "vip", "sni-only") with { JsonName = "SslSupportMethod" }, Text("MinimumProtocolVersion", "TLSv1"),
            Text("Certificate") with { DropEmpty = true }, Text("CertificateSource") with { DropEmpty = true }),
        Structure("Restrictions", true, List("GeoRestriction", "Location") with { Before = [Only("RestrictionType", "none")], Empty = true }),
        Only("WebACLId", ""),
        Text("HttpVersion", "http2", "http1.1", "http2", "http3", "http2and3"),
        Flag("IsIPV6Enabled", "false") with { JsonName = "IPV6Enabled" },
        Only("ContinuousDeploymentPolicyId", ""),
        Only("Staging", "false"),
        Only("ConnectionMode", "direct", shown: false));

    /// <summary>The configuration checked as a whole, with defaults.</summary>
    public static XElement Read(XElement given)
    {
        var config = Shape.Read(given, "DistributionConfig")!;
        CompleteCertificate(config);
        if (config.Element("DefaultRootObject")!.Value.StartsWith('/')) throw Errors.InvalidDefaultRootObject();
        var origins = new HashSet<string>();
        foreach (var origin in config.Element("Origins")!.Element("Items")!.Elements())
        {
            if (!origins.Add(origin.Element("Id")!.Value)) throw Errors.InvalidArgument("The parameter Origin Id must be unique.");
            CheckOrigin(origin);
        }

        foreach (var group in config.Element("OriginGroups")!.Element("Items")?.Elements() ?? [])
        {
            var members = group.Element("Members")!.Element("Items")!.Elements().Select(member => member.Element("OriginId")!.Value).ToList();
            if (members.Count != 2 || !members.TrueForAll(origins.Contains)) throw Errors.NoSuchOrigin();
            if (!origins.Add(group.Element("Id")!.Value)) throw Errors.InvalidArgument("The parameter Origin Group Id must be unique.");
        }

        if (config.Element("Logging")!.Element("Enabled")!.Value == "true" && Serve.S3Names.BucketOf(config.Element("Logging")!.Element("Bucket")!.Value) is null)
            throw Errors.InvalidArgument("The parameter Logging Bucket does not refer to a valid S3 bucket.");
        foreach (var behavior in Behaviors(config))
        {
            if (!origins.Contains(behavior.Element("TargetOriginId")!.Value)) throw Errors.NoSuchOrigin();
            CheckCode(behavior);
            CheckSigners(behavior, "TrustedSigners");
            CheckSigners(behavior, "TrustedKeyGroups");
            CompleteBehavior(behavior);
        }

        foreach (var error in config.Element("CustomErrorResponses")!.Element("Items")?.Elements() ?? [])
            if (error.Element("ResponsePagePath")!.Value.Length > 0 != error.Element("ResponseCode")!.Value.Length > 0)
                throw Errors.InvalidArgument("If you specify a value for ResponsePagePath, you must also specify a value for ResponseCode, and the other way round.");
            else if (error.Element("ResponsePagePath")!.Value is { Length: > 0 } page && !page.StartsWith('/'))
                throw Errors.InvalidArgument("The parameter ResponsePagePath must begin with /.");
        return config;
    }

    /// <summary>The default behaviour last, as viewers meet them.</summary>
    public static IEnumerable<XElement> Behaviors(XElement config)
        => (config.Element("CacheBehaviors")!.Element("Items")?.Elements() ?? []).Append(config.Element("DefaultCacheBehavior")!);

    private static void CheckOrigin(XElement origin)
    {
        var domain = origin.Element("DomainName")!.Value;
        bool s3 = origin.Element("S3OriginConfig") is not null, custom = origin.Element("CustomOriginConfig") is not null;
        if (s3 == custom) throw Errors.InvalidArgument("An origin must have either S3OriginConfig or CustomOriginConfig.");
        if (s3 && Serve.S3Names.BucketOf(domain) is null) throw Errors.InvalidArgument("The parameter Origin DomainName does not refer to a valid S3 bucket.");
        if (custom && origin.Element("OriginAccessControlId")!.Value.Length > 0)
            throw Errors.InvalidArgument("Galley supports OriginAccessControlId for S3 origins only.");
        if (System.Net.IPAddress.TryParse(domain.Trim('[', ']'), out _)) throw Errors.InvalidArgument("The parameter origin name cannot be an IP address.");
        if (Uri.CheckHostName(domain) != UriHostNameType.Dns) throw Errors.InvalidArgument("The parameter Origin DomainName is not valid.");
        if (origin.Element("OriginPath")!.Value is { Length: > 0 } path && (!path.StartsWith('/') || path.EndsWith('/')))
            throw Errors.InvalidArgument("The parameter Origin Path must start with / and must not end with /.");
    }

    /// <summary>TTLs belong to behaviours without a cache policy; one of the two must be there.</summary>
    private static void CompleteBehavior(XElement behavior)
    {
        var forwarded = behavior.Element("ForwardedValues");
        if (forwarded is not null == behavior.Element("CachePolicyId") is not null)
            throw Errors.InvalidArgument("The parameter ForwardedValues cannot be used when a cache policy is associated to the cache behavior, and one of the two is required.");
        if (forwarded is null) return;
        foreach (var (name, value) in (ReadOnlySpan<(string, long)>)[("MinTTL", 0), ("DefaultTTL", 86_400), ("MaxTTL", Year)])
            if (behavior.Element(name) is null)
                behavior.Add(new XElement(name, value));
    }

    private static Structure OriginGroup() => Structure("OriginGroup", false,
        Text("Id") with { Required = true },
        Structure("FailoverCriteria", false, List("StatusCodes", new Number("StatusCode", null, 400, 599)) with { Required = true, Least = 1 }) with { Required = true },
        List("Members", Structure("OriginGroupMember", false, Text("OriginId") with { Required = true })) with { Required = true, Least = 1 },
        Text("SelectionCriteria", null, "default") with { DropEmpty = true });

    /// <summary>Aliases need a certificate; Galley keeps its name and shows one of its own authority to viewers.</summary>
    private static void CompleteCertificate(XElement config)
    {
        var certificate = config.Element("ViewerCertificate")!;
        var arn = certificate.Element("ACMCertificateArn")?.Value;
        var named = arn ?? certificate.Element("IAMCertificateId")?.Value;
        if (arn is not null && !arn.StartsWith("arn:aws:acm:us-east-1:", StringComparison.Ordinal)) throw Errors.InvalidViewerCertificate("The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain.");
        var usual = certificate.Element("CloudFrontDefaultCertificate")?.Value == "true" || named is null;
        if (usual && config.Element("Aliases")!.Element("Items") is not null) throw Errors.InvalidViewerCertificate();
        if (usual && named is not null) throw Errors.InvalidViewerCertificate("You must not specify both the default certificate and another.");
        if (certificate.Element("CloudFrontDefaultCertificate") is null) certificate.AddFirst(new XElement("CloudFrontDefaultCertificate", usual ? "true" : "false"));
        else if (usual) certificate.Element("CloudFrontDefaultCertificate")!.Value = "true";
        certificate.Element("Certificate")?.Remove();
        certificate.Element("CertificateSource")?.Remove();
        if (!usual) certificate.Add(new XElement("Certificate", named));
        certificate.Add(new XElement("CertificateSource", usual ? "cloudfront" : arn is not null ? "acm" : "iam"));
        foreach (var alias in config.Element("Aliases")!.Element("Items")?.Elements() ?? [])
            if (Uri.CheckHostName(alias.Value.StartsWith("*.", StringComparison.Ordinal) ? alias.Value[2..] : alias.Value) != UriHostNameType.Dns || !alias.Value.Contains('.', StringComparison.Ordinal))
                throw Errors.InvalidArgument("The parameter CNAME contains one or more parameters that are not valid.");
    }

    /// <summary>One piece of code for a place, functions and Lambda functions not mixed before viewers, Lambda functions by version in us-east-1.</summary>
    private static void CheckCode(XElement behavior)
    {
        var taken = new HashSet<string>();
        var functions = behavior.Element("FunctionAssociations")!.Element("Items")?.Elements().ToList() ?? [];
        foreach (var function in functions)
            if (!taken.Add(function.Element("EventType")!.Value))
                throw Errors.InvalidFunction("You cannot associate more than one function with an event type.");
        foreach (var function in behavior.Element("LambdaFunctionAssociations")!.Element("Items")?.Elements() ?? [])
        {
            var (arn, type) = (function.Element("LambdaFunctionARN")!.Value, function.Element("EventType")!.Value);
            if (!arn.StartsWith("arn:aws:lambda:us-east-1:", StringComparison.Ordinal)) throw Errors.InvalidLambda("The function must be in region 'us-east-1'. ARN: " + arn);
            if (arn.Split(':') is not [.., _, var version] || arn.Split(':').Length != 8 || !version.All(char.IsAsciiDigit)) throw Errors.InvalidLambda("The function ARN must reference a specific function version. (The ARN must end with the version number.) ARN: " + arn);
            if (!taken.Add(type) || functions.Count > 0 && type.StartsWith("viewer-", StringComparison.Ordinal)) throw Errors.InvalidLambda("You cannot associate a Lambda function and a CloudFront function with viewer events of one behavior, nor two with one event type.");
            if (function.Element("IncludeBody")!.Value == "true" && type.EndsWith("-response", StringComparison.Ordinal)) throw Errors.InvalidLambda("IncludeBody is for request events only.");
        }
    }

    /// <summary>A list of signers is on exactly when it has items.</summary>
    private static void CheckSigners(XElement behavior, string name)
    {
        var list = behavior.Element(name)!;
        if (list.Element("Enabled")!.Value == "true" != (list.Element("Items") is not null))
            throw Errors.InvalidArgument($"The parameter {name} is enabled but has no items, or has items but is not enabled.");
    }

    private static Structure Origin() => Structure("Origin", false,
        Text("Id") with { Required = true }, Text("DomainName") with { Required = true }, Text("OriginPath", ""),
        List("CustomHeaders", Structure("OriginCustomHeader", false, Text("HeaderName") with { Required = true }, Text("HeaderValue") with { Required = true })) with { JsonName = "OriginCustomHeaders" },
        Structure("S3OriginConfig", false, Text("OriginAccessIdentity", ""), Number("OriginReadTimeout", null, 1, 120)),
        Structure("CustomOriginConfig", false,
            Number("HTTPPort", 80, 1, 65_535), Number("HTTPSPort", 443, 1, 65_535),
            Text("OriginProtocolPolicy", null, "http-only", "https-only", "match-viewer") with { Required = true },
            List("OriginSslProtocols", "SslProtocol") with { Default = ["TLSv1", "TLSv1.1", "TLSv1.2"], JsonName = "OriginSSLProtocols" },
            Number("OriginReadTimeout", 30, 1, 120), Number("OriginKeepaliveTimeout", 5, 1, 120)),
        Number("ConnectionAttempts", 3, 1, 3), Number("ConnectionTimeout", 10, 1, 10),
        Structure("OriginShield", true, Only("Enabled", "false"), Only("OriginShieldRegion", "", shown: false)),
        Text("OriginAccessControlId", ""));

    private static Structure Behavior(string name, params Shape[] first) => Structure(name, false,
    [
        .. first,
        List("TrustedSigners", "AwsAccountNumber") with { Before = [Flag("Enabled", "false")] },
        List("TrustedKeyGroups", "KeyGroup") with { Before = [Flag("Enabled", "false")] },
        Text("ViewerProtocolPolicy", null, "allow-all", "https-only", "redirect-to-https") with { Required = true },
        List("AllowedMethods", "Method") with { Default = ["HEAD", "GET"], After = [List("CachedMethods", "Method") with { Default = ["HEAD", "GET"] }] },
        Only("SmoothStreaming", "false"), Flag("Compress", "false"),
        List("LambdaFunctionAssociations", Structure("LambdaFunctionAssociation", false, Text("LambdaFunctionARN") with { Required = true },
            Text("EventType", null, "viewer-request", "viewer-response", "origin-request", "origin-response") with { Required = true }, Flag("IncludeBody", "false"))),
        List("FunctionAssociations", Structure("FunctionAssociation", false, Text("FunctionARN") with { Required = true }, Text("EventType", null, "viewer-request", "viewer-response") with { Required = true })),
        Only("FieldLevelEncryptionId", ""), Only("RealtimeLogConfigArn", "", shown: false),
        Text("CachePolicyId") with { DropEmpty = true }, Text("OriginRequestPolicyId") with { DropEmpty = true }, Text("ResponseHeadersPolicyId") with { DropEmpty = true },
        Structure("GrpcConfig", true, Only("Enabled", "false")),
        Structure("ForwardedValues", false,
            Flag("QueryString") with { Required = true },
            Structure("Cookies", true, Text("Forward", "none", "none", "all", "whitelist"), List("WhitelistedNames", "Name", always: false)),
            List("Headers", "Name"), List("QueryStringCacheKeys", "Name")),
        Number("MinTTL", null, 0, Year * 100), Number("DefaultTTL", null, 0, Year * 100), Number("MaxTTL", null, 0, Year * 100),
    ]);
}
