/** Text messages that tell a customer what happened. Each fits one message. */
export const notices = {
  newDevice: (where: string) =>
    `BirdBank: somebody signed in to your account on a new device${where === '' ? '' : ` (${where})`}. Was it not you? Change your password and sign out everywhere.`,
  passwordChanged: 'BirdBank: your password was changed. Was it not you? Call us at once.',
  passwordReset: 'BirdBank: your password was replaced by a new one. Was it not you? Call us at once.',
};
