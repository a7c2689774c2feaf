namespace Galley;

/// <summary>A place that a request passes on its way through the app.</summary>
internal enum Hop
{
    /// <summary>CloudFront; named by the distribution's label.</summary>
    Edge,

    /// <summary>An HTTP API; named by its id.</summary>
    Api,

    /// <summary>The sign-in pages and OAuth endpoints; named by the domain's prefix.</summary>
    SignIn,

    /// <summary>The authorizer of an API's route; named by the API's id.</summary>
    Authorizer,

    /// <summary>A function; named by its name.</summary>
    Function,

    /// <summary>A DynamoDB table; named by its name.</summary>
    Table,

    /// <summary>An S3 bucket; named by its name.</summary>
    Bucket,

    /// <summary>An operation of the AWS API; named `ssm:GetParameter`.</summary>
    Operation,
}

/// <summary>What befalls a request at a hop; a delay has then been waited for already.</summary>
internal enum Harm
{
    None,

    /// <summary>Refused as one too many.</summary>
    Throttle,

    /// <summary>Failed as by an error of the service's own.</summary>
    Error,

    /// <summary>What was to serve it ends: the connection breaks, the function's process dies.</summary>
    Crash,
}

/// <summary>Faults that a test asked for. There are none without Galley.Testing.</summary>
internal interface IFaults
{
    /// <summary>Asked at every hop of every request.</summary>
    /// <param name="hop">Where.</param>
    /// <param name="name">Which one.</param>
    /// <param name="cancel">The request's; ends a delay.</param>
    ValueTask<Harm> At(Hop hop, string name, CancellationToken cancel);
}
