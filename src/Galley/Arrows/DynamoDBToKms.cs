using Galley.DynamoDB;
using Galley.Kms;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>A table gets a key by the right of whoever names it: AWS makes a grant then, so that caller must be allowed kms:CreateGrant on it.</summary>
internal sealed class DynamoDBToKms(Installation installation, KmsService kms) : IFindKeys
{
    public async ValueTask<string> ArnOf(string key, Call call)
    {
        try
        {
            return await kms.Require(call, "kms:CreateGrant", key);
        }
        catch (AwsError error) when (error.Code == "AccessDeniedException")
        {
            throw new AwsError("AccessDeniedException", $"KMS key access denied error: {Told(error, "AWSKMSException")}");
        }
        catch (AwsError error) when (error.Code is "NotFoundException" or "InvalidArnException" or "KMSInvalidStateException" or "DisabledException")
        {
            throw new AwsError("ValidationException", $"KMS {(error.Code == "DisabledException" ? "key disabled" : "validation")} error: {Told(error, error.Code)}");
        }
    }

    /// <summary>As the SDK that AWS's own service uses prints it.</summary>
    private string Told(AwsError error, string type)
        => $"com.amazonaws.services.kms.model.{type}: {error.Message} (Service: AWSKMS; Status Code: 400; Error Code: {error.Code}; Request ID: {installation.Ids.Uuid()}; Proxy: null)";
}
