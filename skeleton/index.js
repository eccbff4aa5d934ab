/** The stack of the checkout, with the application in `app/` and the settings of this folder. */
module.exports = require("../program.js");
