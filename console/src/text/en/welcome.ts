/** English: the first run. */

export const welcome = Object.freeze({
  title: 'Your store is running',
  signedIn: (name: string) => `Signed in as ${name}`,
  makeBucket: 'Make a bucket',
  bucketName: 'Name of the bucket',
  make: 'Make it',
  made: (bucket: string) => `${bucket} is yours`,
  upload: 'Put a file into it',
  drop: 'Drop a file here',
  choose: 'Choose a file',
  uploading: (name: string) => `Uploading ${name}`,
  uploaded: 'Look, it is there:',
  connect: 'Connect a client',
  connectLead: 'The same bucket from a terminal or a program: s3cmd, aws, rclone and others, ready to paste.',
  connectAct: 'Show me how',
  skip: 'Skip',
  done: 'done',
});
