namespace Galley.Cognito;

/// <summary>Port: mails to users, and text messages as mails to a phone number. Durable on return. (Arrows/CognitoToMail)</summary>
internal interface ISendMail
{
    ValueTask Send(string from, string to, string subject, string text);
}

/// <summary>Port: Lambda triggers. The function's own policy must let `cognito-idp.amazonaws.com` act for the pool. (Arrows/CognitoToLambda)</summary>
internal interface IInvokeTriggers
{
    /// <exception cref="Wire.AwsError">The function cannot be invoked; the code says why.</exception>
    ValueTask<TriggerResult> Invoke(string functionArn, string poolArn, ReadOnlyMemory<byte> payload, CancellationToken cancel);

    /// <summary>Asynchronously: kept on return, answered to nobody.</summary>
    /// <exception cref="Wire.AwsError">The function cannot be invoked; the code says why.</exception>
    ValueTask Enqueue(string functionArn, string poolArn, ReadOnlyMemory<byte> payload);
}

/// <summary>Port: the KMS key that a pool's senders get their codes under. (Arrows/CognitoToKms)</summary>
internal interface IEncryptCodes
{
    /// <exception cref="Wire.AwsError">KMS's own, when the key does not work or the caller may not hand it to a pool.</exception>
    ValueTask RequireKey(string keyArn, Wire.Call call);

    /// <exception cref="Wire.AwsError">KMS's own.</exception>
    ValueTask<DataKey> DataKey(string keyArn, IReadOnlyDictionary<string, string> context);
}

/// <param name="Plaintext">32 bytes.</param>
/// <param name="Wrapped">The same as KMS alone can open it.</param>
/// <param name="KeyArn">The key that wrapped it.</param>
internal sealed record DataKey(byte[] Plaintext, byte[] Wrapped, string KeyArn);

/// <param name="Payload">What the function returned, or its error document.</param>
/// <param name="Failed">It threw.</param>
internal sealed record TriggerResult(ReadOnlyMemory<byte> Payload, bool Failed);

/// <summary>Port: the log of a user import job. (Arrows/CognitoToLogs)</summary>
internal interface IWriteImportLogs
{
    ValueTask Write(string account, string region, string group, string stream, IReadOnlyList<string> lines);
}

/// <summary>A public signing key of a pool.</summary>
/// <param name="Kid">Key id in the token's header.</param>
/// <param name="Key">Modulus and exponent only.</param>
internal sealed record SigningKey(string Kid, System.Security.Cryptography.RSAParameters Key);
