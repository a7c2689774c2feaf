using Galley.Store;

namespace Galley.Mail;

/// <summary>`mail / account / ticks / id` → <see cref="Message"/>, so that a range is in order of arrival; `mail-outgoing / account / id` → <see cref="Outgoing"/>.</summary>
internal static class Keys
{
    public static byte[] Messages(string account) => Key.Of("mail", account);

    public static byte[] Message(string account, Message message) => Key.From(Messages(account)).Add(message.Time.UtcTicks).Add(message.Id).ToArray();

    public static byte[] Outgoings(string account) => Key.Of("mail-outgoing", account);

    public static byte[] Outgoing(string account, string id) => Key.Of("mail-outgoing", account, id);
}
