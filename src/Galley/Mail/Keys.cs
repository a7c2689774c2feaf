using Galley.Store;

namespace Galley.Mail;

/// <summary>`mail / account / ticks / id` → <see cref="Message"/>, so that a range is in order of arrival.</summary>
internal static class Keys
{
    public static byte[] Messages(string account) => Key.Of("mail", account);

    public static byte[] Message(string account, Message message) => Key.From(Messages(account)).Add(message.Time.UtcTicks).Add(message.Id).ToArray();
}
