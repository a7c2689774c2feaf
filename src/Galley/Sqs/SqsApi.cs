using Galley.Wire;

namespace Galley.Sqs;

/// <summary>SQS's wire: awsJson 1.0, its errors with the codes of the query protocol that it had before.</summary>
internal sealed class SqsApi() : JsonService("sqs", Protocol.AwsJson10, () => SqsJson.Default, "AmazonSQS")
{
    public override Reply RenderError(AwsError error, string requestId)
        => base.RenderError(error, requestId).With("x-amzn-query-error", $"{Errors.QueryCode(error.Code)};{(error.Status < 500 ? "Sender" : "Receiver")}");
}
